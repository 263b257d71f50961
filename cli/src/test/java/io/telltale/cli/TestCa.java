package io.telltale.cli;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.CertificateTemplate;
import io.telltale.crypto.x509.Pem;
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

/** A root that issues what a test needs. */
final class TestCa {
  private final KeyPair key = EcdsaP256.generate();
  final X509Certificate root;
  private final CertificateIssuer issuer;
  private long serial = 2;

  /** A certificate and its key. */
  record Identity(X509Certificate certificate, KeyPair key) {
    String certificatePem() {
      return Pem.certificates(List.of(certificate));
    }

    String keyPem() {
      return Pem.encode("PRIVATE KEY", key.getPrivate().getEncoded());
    }
  }

  TestCa() {
    Instant now = Instant.now();
    root =
        CertificateIssuer.selfSigned(
            new CertificateIssuer.Authority(
                "root",
                BigInteger.ONE,
                now.minus(Duration.ofDays(1)),
                now.plus(Duration.ofDays(9))),
            key.getPublic(),
            key.getPrivate());
    issuer = new CertificateIssuer(root, key.getPrivate());
  }

  Identity issue(String uri, Usage usage) {
    KeyPair fresh = EcdsaP256.generate();
    Instant now = Instant.now();
    X509Certificate certificate =
        issuer.issue(
            new CertificateTemplate(
                "",
                fresh.getPublic(),
                BigInteger.valueOf(serial++),
                now.minus(Duration.ofHours(1)),
                now.plus(Duration.ofDays(1)),
                List.of(
                    SubjectName.uri(uri),
                    SubjectName.dns("localhost"),
                    SubjectName.ip("127.0.0.1")),
                Set.of(usage),
                Optional.empty()));
    return new Identity(certificate, fresh);
  }
}
