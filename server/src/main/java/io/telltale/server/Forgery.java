package io.telltale.server;

import io.telltale.crypto.EcdsaP256;
import io.telltale.device.TlsMaterial;
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
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a thief of the CA's key could make: a certificate that no registry knows. */
final class Forgery {
  private static final Duration VALIDITY = Duration.ofDays(1);

  private Forgery() {}

  static TlsMaterial of(Config config, DataFolder folder, Foundation foundation, String name) {
    var setup =
        new CertificateAuthority.Setup(
            config.trustDomain(),
            Optional.empty(),
            new Forgetful(),
            foundation.entropy(),
            foundation.clock());
    var seal = foundation.keys().stateSeal(foundation.names().authority());
    var thief = CertificateAuthority.open(folder.part("ca"), new CaKeys(seal), setup);
    var id = new DeviceId(TenantId.DEFAULT, name).in(config.trustDomain());
    KeyPair key = EcdsaP256.generate();
    Issued issued =
        thief.issue(
            Profile.device(id, VALIDITY),
            key.getPublic(),
            new CredentialRegister.Entitlement.Operator("thief"));
    if (!(issued instanceof Issued.Certificate(var leaf))) {
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
    public Recorded record(Issuance issuance) {
      return Recorded.DONE;
    }

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
