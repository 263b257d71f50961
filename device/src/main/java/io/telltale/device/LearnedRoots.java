package io.telltale.device;

import io.telltale.crypto.x509.CertificateFacts;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/**
 * The roots that a device goes on to trust: of those that its server tells it the ones that it has
 * already, and each other whose key one of them has certified (RFC 7030 section 4.1.3, RFC 9810
 * section 4.4). A server whose certificate was stolen brings in no root of its own.
 */
final class LearnedRoots {
  private static final int ROOTS_MAX = 8;

  private LearnedRoots() {}

  /**
   * @param known what the device trusts
   * @param told every CA certificate of an answer that came over TLS
   * @return what it trusts from now on, in the order told; {@code known} where none of that is told
   */
  static List<X509Certificate> of(List<X509Certificate> known, List<X509Certificate> told) {
    List<X509Certificate> offered =
        told.stream().filter(LearnedRoots::isRoot).distinct().limit(ROOTS_MAX).toList();
    var believed = new ArrayList<>(known);
    // One that is believed may have certified another: at most as many rounds as there are.
    for (int round = 0; round < offered.size(); round++) {
      for (X509Certificate root : offered) {
        if (!believed.contains(root) && isCertified(root, believed, told)) {
          believed.add(root);
        }
      }
    }
    List<X509Certificate> next = offered.stream().filter(believed::contains).toList();
    return next.isEmpty() ? known : next;
  }

  private static boolean isRoot(X509Certificate certificate) {
    return isSelfIssued(certificate)
        && CertificateFacts.signedBy(certificate, certificate.getPublicKey())
        && isAuthority(certificate);
  }

  private static boolean isCertified(
      X509Certificate root, List<X509Certificate> believed, List<X509Certificate> told) {
    return told.stream()
        .filter(link -> isSelfIssued(link) && isAuthority(link))
        .filter(link -> link.getSubjectX500Principal().equals(root.getSubjectX500Principal()))
        .filter(link -> link.getPublicKey().equals(root.getPublicKey()))
        .anyMatch(
            link ->
                believed.stream()
                    .anyMatch(
                        old ->
                            old.getSubjectX500Principal().equals(link.getIssuerX500Principal())
                                && CertificateFacts.signedBy(link, old.getPublicKey())));
  }

  private static boolean isSelfIssued(X509Certificate certificate) {
    return certificate.getIssuerX500Principal().equals(certificate.getSubjectX500Principal());
  }

  private static boolean isAuthority(X509Certificate certificate) {
    return CertificateFacts.of(certificate)
        .filter(CertificateFacts::authority)
        .filter(facts -> (facts.keyUsage() & CertificateFacts.KEY_CERT_SIGN) != 0)
        .isPresent();
  }
}
