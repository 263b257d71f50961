package io.telltale.e2e;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.CertificateTemplate;
import io.telltale.crypto.x509.Pem;
import io.telltale.crypto.x509.SubjectName;
import io.telltale.crypto.x509.Usage;
import io.telltale.dbsqlite.SqliteFile;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.keys.FileBackend;
import io.telltale.keys.KeyAuthority;
import io.telltale.keys.Passphrase;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A CA that issues whatever it is asked for: a stranger's, or one whose key was stolen. */
final class StolenCa {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String NAME = "Somebody's CA";
  private static final int SERIAL_BITS = 120;

  private final X509Certificate certificate;
  private final PrivateKey key;

  /** What to show at a handshake. */
  record Credential(PrivateKey key, List<X509Certificate> chain) {}

  private StolenCa(X509Certificate certificate, PrivateKey key) {
    this.certificate = certificate;
    this.key = key;
  }

  static StolenCa stranger() {
    KeyPair pair = EcdsaP256.generate();
    Instant now = Instant.now();
    var authority =
        new CertificateIssuer.Authority(
            NAME, serial(), now.minusSeconds(3_600), now.plusSeconds(99_999));
    return new StolenCa(
        CertificateIssuer.selfSigned(authority, pair.getPublic(), pair.getPrivate()),
        pair.getPrivate());
  }

  /** The issuing CA of a server that is not running. */
  static StolenCa of(Path data) throws IOException {
    var clock = InstantSource.system();
    var outside = new FileBackend.Environment(new Passphrase.None(), Entropy.system(), clock);
    var authority =
        new SpiffeId("telltale.local", TenantId.DEFAULT, SpiffeId.Kind.SERVICE, "authority");
    try (var backend =
            FileBackend.open(
                data.resolve("keys"),
                SqliteFile.at(data.resolve("keys").resolve("backend.db")),
                outside);
        var keys =
            KeyAuthority.open(
                SqliteFile.at(data.resolve("shred").resolve("shred.db")),
                backend,
                Entropy.system(),
                clock)) {
      Bytes sealed = Bytes.adopt(Files.readAllBytes(data.resolve("ca/issuing.key.sealed")));
      Bytes pkcs8 =
          keys.stateSeal(authority).open("ca/telltale ca key issuing", sealed).orElseThrow();
      return new StolenCa(
          Pem.readCertificates(Files.readString(data.resolve("ca/issuing.crt.pem")))
              .orElseThrow()
              .getFirst(),
          EcdsaP256.privateKey(SecretBytes.copyOf(pkcs8.borrow())).orElseThrow());
    }
  }

  Credential device(String name, Duration from, Duration until) {
    return issue("spiffe://telltale.local/default/device/" + name, from, until);
  }

  /** What carries its issuer's name as its own. */
  Credential selfSigned(String name) {
    String uri = "spiffe://telltale.local/default/device/" + name;
    return issue(NAME, uri, Duration.ofDays(-1), Duration.ofDays(1));
  }

  Credential issue(String uri, Duration from, Duration until) {
    return issue("", uri, from, until);
  }

  private Credential issue(String commonName, String uri, Duration from, Duration until) {
    KeyPair pair = EcdsaP256.generate();
    Instant now = Instant.ofEpochSecond(Instant.now().getEpochSecond());
    X509Certificate leaf =
        new CertificateIssuer(certificate, key)
            .issue(
                new CertificateTemplate(
                    commonName,
                    pair.getPublic(),
                    serial(),
                    now.plus(from),
                    now.plus(until),
                    List.of(SubjectName.uri(uri)),
                    Set.of(Usage.CLIENT),
                    Optional.empty()));
    return new Credential(pair.getPrivate(), List.of(leaf, certificate));
  }

  /** The CA's own certificate, shown as if it were a device's. */
  Credential itself() {
    return new Credential(key, List.of(certificate));
  }

  private static BigInteger serial() {
    return new BigInteger(SERIAL_BITS, RANDOM).setBit(SERIAL_BITS);
  }
}
