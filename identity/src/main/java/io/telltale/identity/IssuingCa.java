package io.telltale.identity;

import io.telltale.crypto.SigningKey;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.Certificates;
import io.telltale.identity.RootCa.Stage;
import io.telltale.kernel.Fingerprint;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A CA that signs end-entity certificates, with its one key.
 *
 * @param root the id of the root that signed it
 * @param issuer signs under its newest certificate
 * @param certificates all that its key had, the newest first
 */
record IssuingCa(
    String id,
    String root,
    CertificateIssuer issuer,
    List<X509Certificate> certificates,
    Stage stage) {

  IssuingCa {
    certificates = List.copyOf(certificates);
  }

  static IssuingCa of(
      String id, String root, SigningKey key, List<X509Certificate> newestFirst, Stage stage) {
    var issuer = new CertificateIssuer(newestFirst.getFirst(), key);
    return new IssuingCa(id, root, issuer, newestFirst, stage);
  }

  X509Certificate certificate() {
    return issuer.certificate();
  }

  Set<Fingerprint> fingerprints() {
    return certificates.stream().map(Certificates::fingerprint).collect(Collectors.toSet());
  }

  IssuingCa with(Stage next) {
    return new IssuingCa(id, root, issuer, certificates, next);
  }
}
