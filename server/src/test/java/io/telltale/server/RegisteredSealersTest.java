package io.telltale.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.Certificates;
import io.telltale.db.StoreSeal;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import io.telltale.registry.Act;
import io.telltale.registry.NewCredential;
import io.telltale.registry.Registry;
import io.telltale.roster.Protection;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegisteredSealersTest {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  private static final SpiffeId DOOR =
      SpiffeId.parse("spiffe://telltale.local/default/service/door").orElseThrow();

  @TempDir Path dir;
  private Instant now = NOON;

  private Registry open() {
    var seal = new StoreSeal("registry", SecretBytes.copyOf(new byte[32]), Entropy.system());
    return Registry.open(
        new Registry.Settings(
            TestStores.at(dir.resolve("control.db")), "telltale.local", () -> now, seal));
  }

  // Growth 5: ended credentials leave the view, but records of theirs may wait for a closed scope.
  @Test
  void a_door_s_ended_certificate_still_vouches_for_what_it_sealed_before_its_end() {
    NewCredential ended = credential("key");
    try (Registry registry = open()) {
      registry.addPrincipal(DOOR, Set.of(), "system");
      registry.addCredential(DOOR, ended, new Act("system", "start"));
      registry.renewCredential(ended.fingerprint(), credential("next"), Duration.ofDays(90));
    }
    now = NOON.plus(Duration.ofDays(400));
    try (Registry registry = open()) {
      Fingerprint name = ended.fingerprint();
      assertThat(registry.view().byCredential(name)).isEmpty();
      var sealers = new RegisteredSealers(registry);
      assertThat(sealers.sealer(name, NOON.plus(Duration.ofDays(1)))).isPresent();
      assertThat(sealers.sealer(name, NOON.plus(Duration.ofDays(91)))).isEmpty();
    }
  }

  @Test
  void a_door_s_key_that_two_hold_vouches_for_nothing() {
    NewCredential first = credential("key");
    NewCredential next = credential("next");
    try (Registry registry = open()) {
      registry.addPrincipal(DOOR, Set.of(), "system");
      registry.addCredential(DOOR, first, new Act("system", "start"));
      registry.renewCredential(first.fingerprint(), next, Duration.ofDays(90));
      var sealers = new RegisteredSealers(registry);
      assertThat(sealers.sealer(first.fingerprint(), NOON)).isPresent();
      registry.used(registry.view().byCredential(next.fingerprint()).orElseThrow());
      registry.renewCredential(first.fingerprint(), credential("third"), Duration.ofDays(90));
      assertThat(sealers.sealer(first.fingerprint(), NOON)).isEmpty();
      assertThat(sealers.sealer(next.fingerprint(), NOON)).isPresent();
    }
  }

  private static NewCredential credential(String name) {
    KeyPair key = EcdsaP256.generate();
    X509Certificate certificate =
        CertificateIssuer.selfSigned(
            new CertificateIssuer.Authority(
                "door", BigInteger.ONE, NOON, NOON.plus(Duration.ofDays(90))),
            key.getPublic(),
            key.getPrivate());
    return new NewCredential(
        Bytes.adopt(Certificates.der(certificate)),
        new Fingerprint(Hash.sha256(Bytes.utf8("issuer"))),
        "1",
        NOON,
        NOON.plus(Duration.ofDays(90)),
        Hash.sha256(Bytes.utf8(name)),
        Protection.SOFTWARE);
  }
}
