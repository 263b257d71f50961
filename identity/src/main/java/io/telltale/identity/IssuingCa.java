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
import java.util.stream.Stream;

/**
 * A CA that signs end-entity certificates, with its one key.
 *
 * @param root the id of the root that signed it
 * @param scope for whose devices it signs
 * @param issuer signs under its newest certificate
 * @param certificates all that its key had, the newest first
 */
record IssuingCa(
    String id,
    String root,
    CaScope scope,
    CertificateIssuer issuer,
    List<X509Certificate> certificates,
    Stage stage) {

  IssuingCa {
    certificates = List.copyOf(certificates);
  }

  static IssuingCa of(CaStates.Entry entry, SigningKey key, List<X509Certificate> newestFirst) {
    return new IssuingCa(
        entry.id(),
        entry.above(),
        entry.scope(),
        new CertificateIssuer(newestFirst.getFirst(), key),
        newestFirst,
        entry.stage());
  }

  /** What the folder says of it. */
  CaStates.Entry entry() {
    return new CaStates.Entry(id, root, scope, stage);
  }

  /** The same with {@code newer} before its certificates. */
  IssuingCa extended(X509Certificate newer, SigningKey key) {
    return of(entry(), key, Stream.concat(Stream.of(newer), certificates.stream()).toList());
  }

  X509Certificate certificate() {
    return issuer.certificate();
  }

  Set<Fingerprint> fingerprints() {
    return certificates.stream().map(Certificates::fingerprint).collect(Collectors.toSet());
  }

  IssuingCa with(Stage next) {
    return new IssuingCa(id, root, scope, issuer, certificates, next);
  }
}
