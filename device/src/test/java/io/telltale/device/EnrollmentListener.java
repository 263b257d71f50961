package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.x509.SubjectName;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.Usage;
import io.telltale.db.StoreSeal;
import io.telltale.dbtestkit.TestStores;
import io.telltale.doors.AcceptLimits;
import io.telltale.doors.Address;
import io.telltale.doors.Cause;
import io.telltale.doors.ClientCertificate;
import io.telltale.doors.DoorTls;
import io.telltale.doors.EventLoops;
import io.telltale.doors.HttpDoor;
import io.telltale.doors.HttpLimits;
import io.telltale.doors.HttpParts;
import io.telltale.doors.PeerCheck;
import io.telltale.doors.PeerVerdict;
import io.telltale.identity.CertificateAuthority;
import io.telltale.identity.CredentialRegister;
import io.telltale.identity.Enrollment;
import io.telltale.identity.EnrollmentSite;
import io.telltale.identity.EstHandler;
import io.telltale.identity.KeyWrap;
import io.telltale.identity.OcspHandler;
import io.telltale.identity.OcspSigners;
import io.telltale.identity.RenewalInfoHandler;
import io.telltale.identity.RevocationLists;
import io.telltale.identity.ServiceIdentity;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Counters;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.registry.NewDevice;
import io.telltale.registry.Registry;
import io.telltale.roster.AssetRecord;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A real registry, authority and enrollment listener on a port of its own. */
final class EnrollmentListener implements AutoCloseable {
  private static final String DOMAIN = "telltale.local";
  static final DeviceId MACHINE = new DeviceId(TenantId.DEFAULT, "machine-1");

  final Registry registry;
  final CertificateAuthority authority;
  private final EventLoops loops = EventLoops.open("enroll", 1, System::nanoTime);
  private final HttpDoor door;

  EnrollmentListener(Path folder) {
    InstantSource clock = InstantSource.system();
    var seal = new StoreSeal("registry", SecretBytes.copyOf(new byte[32]), Entropy.system());
    registry =
        Registry.open(
            new Registry.Settings(
                TestStores.at(folder.resolve("control.db")), DOMAIN, clock, seal));
    var register = CredentialRegister.of(registry, clock);
    authority =
        CertificateAuthority.open(
            folder.resolve("ca"),
            new NoWrap(),
            new CertificateAuthority.Setup(
                DOMAIN, Optional.empty(), register, Entropy.system(), clock));
    var service = new SpiffeId(DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.SERVICE, "door");
    registry.addPrincipal(service, Set.of(), "system");
    ServiceIdentity own = service();
    var est =
        new EstHandler(
            new EstHandler.Parts(
                authority,
                new Enrollment(authority, register, Enrollment.Terms.standard(DOMAIN)),
                Counters.none(),
                clock,
                TenantId.DEFAULT,
                EstHandler.Limits.STANDARD));
    var lists = new RevocationLists(authority, register, clock, () -> 0);
    registry.view().onChange(_ -> lists.changed());
    var signer = new SpiffeId(DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.SERVICE, "ocsp");
    registry.addPrincipal(signer, Set.of(), "system");
    var ocsp =
        new OcspHandler(
            new OcspHandler.Parts(
                authority,
                register,
                new OcspSigners(authority, signer, clock),
                Counters.none(),
                clock));
    var both =
        new EnrollmentSite(
            est, lists, ocsp, new RenewalInfoHandler(authority, register, Counters.none(), clock));
    door =
        HttpDoor.open(
            new HttpDoor.Setup(
                loops,
                new Address("127.0.0.1", 0, "enroll.port"),
                DoorTls.of(
                    own.chain(),
                    own.key(),
                    ClientCertificate.OPTIONAL,
                    new OurCa(authority.trust(), clock)),
                AcceptLimits.bounded(1_000, 512, 32 << 20),
                new HttpLimits(1 << 20, Duration.ofSeconds(20), 64, 8 << 20)),
            new HttpParts("est", both, Counters.none(), Optional.empty()));
    var asset = new AssetRecord("prod", "eu", "pumps", "machine", "ops", "hall-1", Map.of());
    registry.addDevice(new NewDevice(MACHINE, asset), "test");
  }

  private ServiceIdentity service() {
    return ServiceIdentity.service(
        authority,
        new SpiffeId(DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.SERVICE, "door"),
        List.of(SubjectName.dns("localhost"), SubjectName.ip("127.0.0.1")));
  }

  /** What a service shows that is made now. */
  List<X509Certificate> door() {
    return service().chain();
  }

  URI uri() {
    return URI.create("https://localhost:" + door.port());
  }

  String token() {
    String token =
        Base64.getUrlEncoder().withoutPadding().encodeToString(Entropy.system().array(32));
    registry.createToken(MACHINE, Registry.tokenHash(token), Duration.ofMinutes(5), "test");
    assertThat(token).hasSize(43);
    return token;
  }

  private record OurCa(TrustedRoots roots, InstantSource clock) implements PeerCheck {
    @Override
    public PeerVerdict check(List<X509Certificate> chain) {
      return roots.check(chain, Usage.CLIENT, clock.instant())
              instanceof TrustedRoots.Verdict.Trusted
          ? new PeerVerdict.Accepted(Optional.empty())
          : new PeerVerdict.Refused(Cause.UNKNOWN_CA);
    }

    @Override
    public List<X509Certificate> authorities() {
      return roots.certificates();
    }
  }

  private static final class NoWrap implements KeyWrap {
    @Override
    public Bytes wrap(String purpose, SecretBytes secret) {
      return Bytes.adopt(secret.toArray());
    }

    @Override
    public SecretBytes unwrap(String purpose, Bytes wrapped) {
      return SecretBytes.adopt(wrapped.toArray());
    }
  }

  @Override
  public void close() {
    door.close();
    loops.close();
    registry.close();
  }
}
