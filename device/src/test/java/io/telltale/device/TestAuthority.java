package io.telltale.device;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.CertificateTemplate;
import io.telltale.crypto.x509.SubjectName;
import io.telltale.crypto.x509.Usage;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A CA that signs whatever a test wants. */
final class TestAuthority {
  static final String DOOR = "spiffe://telltale.local/default/service/door";

  private final KeyPair key = EcdsaP256.generate();
  final X509Certificate root =
      CertificateIssuer.selfSigned(
          new CertificateIssuer.Authority(
              "test root", BigInteger.ONE, daysFromNow(-2), daysFromNow(30)),
          key.getPublic(),
          key.getPrivate());
  private final CertificateIssuer issuer = new CertificateIssuer(root, key.getPrivate());

  TlsMaterial material(String uri, Set<Usage> usages) {
    return material(uri, usages, daysFromNow(-1), daysFromNow(1));
  }

  TlsMaterial material(String uri, Set<Usage> usages, Instant from, Instant to) {
    KeyPair pair = EcdsaP256.generate();
    X509Certificate leaf =
        issuer.issue(
            new CertificateTemplate(
                "",
                pair.getPublic(),
                BigInteger.valueOf(System.nanoTime()),
                from,
                to,
                List.of(SubjectName.uri(uri)),
                usages,
                Optional.empty()));
    return new TlsMaterial(pair.getPrivate(), List.of(leaf), List.of(root), DOOR);
  }

  static Instant daysFromNow(int days) {
    return Instant.now().plus(Duration.ofDays(days));
  }
}
