package io.telltale.server;

import io.telltale.crypto.EcdsaP256;
import io.telltale.device.TlsMaterial;
import io.telltale.identity.CaScope;
import io.telltale.identity.CertificateAuthority;
import io.telltale.identity.CertificateAuthority.Issued;
import io.telltale.identity.CredentialRegister;
import io.telltale.identity.Profile;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SourceBlock;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.server.data.CaKeys;
import io.telltale.server.data.DataFolder;
import java.math.BigInteger;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a thief of the CA's key could make: a certificate that no registry knows. For the demo
 * alone, which shows that it opens nothing; nothing that a network reaches calls this.
 */
public final class Forgery {
  private static final Duration VALIDITY = Duration.ofDays(1);

  private Forgery() {}

  /** Where the key lies and what it takes to use it. */
  record Loot(Config config, DataFolder folder, Foundation foundation) {}

  /** With the key of {@code server}, for a device {@code name} that it does not know. */
  public static TlsMaterial with(Server server, String name) {
    Loot loot = server.loot();
    Config config = loot.config();
    Foundation foundation = loot.foundation();
    var setup =
        new CertificateAuthority.Setup(
            config.trustDomain(),
            Optional.empty(),
            new Forgetful(),
            foundation.entropy(),
            foundation.clock());
    var seal = foundation.keys().stateSeal(foundation.names().authority());
    var thief = CertificateAuthority.open(loot.folder().part("ca"), new CaKeys(seal), setup);
    var id = new DeviceId(TenantId.DEFAULT, name).in(config.trustDomain());
    KeyPair key = EcdsaP256.generate();
    Issued issued =
        thief.issue(
            Profile.device(id, VALIDITY),
            key.getPublic(),
            new CredentialRegister.Entitlement.Operator("thief"));
    if (!(issued instanceof Issued.Certificate(var leaf, var _))) {
      throw new IllegalStateException("the forgery failed: " + issued);
    }
    return new TlsMaterial(
        key.getPrivate(),
        thief.chain(leaf),
        foundation.authority().roots(),
        foundation.names().door().uri());
  }

  /** Records nothing. */
  private static final class Forgetful implements CredentialRegister {
    @Override
    public TokenStanding token(DeviceId device, Hash tokenHash, SourceBlock source) {
      return TokenStanding.UNKNOWN;
    }

    @Override
    public Optional<SpiffeId> renewable(Fingerprint credential) {
      return Optional.empty();
    }

    @Override
    public Optional<SpiffeId> ended(Fingerprint credential) {
      return Optional.empty();
    }

    @Override
    public Recorded record(Issuance issuance) {
      return Recorded.DONE;
    }

    @Override
    public List<RevokedCertificate> revokedSince(Fingerprint issuer, Instant since) {
      return List.of();
    }

    @Override
    public List<RevokedCertificate> revokedOf(Fingerprint issuer, String digits) {
      return List.of();
    }

    @Override
    public CredentialStatus status(BigInteger serial, Set<Fingerprint> issuers) {
      return new CredentialStatus.Unknown();
    }

    @Override
    public Remaining remaining(Set<Fingerprint> issuers) {
      return new Remaining(0, Instant.EPOCH);
    }

    @Override
    public Optional<Life> life(BigInteger serial, Set<Fingerprint> issuers) {
      return Optional.empty();
    }

    @Override
    public CaScope scope(SpiffeId device) {
      return CaScope.ALL;
    }

    @Override
    public void renewalRefused(SpiffeId device, String why) {}

    @Override
    public boolean hasIssued() {
      return false;
    }

    @Override
    public List<RevokedCertificate> revoked(Fingerprint issuer) {
      return List.of();
    }

    @Override
    public void refused(SpiffeId device, Map<String, String> details, SourceBlock source) {}
  }
}
