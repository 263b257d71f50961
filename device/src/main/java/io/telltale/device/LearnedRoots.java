package io.telltale.device;

import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.TrustedRoots;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.security.auth.x500.X500Principal;

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
   * @param now when those must be good
   * @return what it trusts from now on, in the order told; {@code known} where none of that is told
   */
  static List<X509Certificate> of(TrustedRoots known, List<X509Certificate> told, Instant now) {
    List<X509Certificate> good = told.stream().filter(one -> isGood(one, now)).distinct().toList();
    List<X509Certificate> links = good.stream().filter(LearnedRoots::isSelfIssued).toList();
    List<X509Certificate> offered =
        links.stream().filter(LearnedRoots::isRoot).limit(ROOTS_MAX).toList();
    Set<Key> believed = new HashSet<>();
    known.certificates().forEach(root -> believed.add(Key.of(root)));
    // By way of roots that are told no more, too: at most as many rounds as there are links.
    for (boolean isMore = true; isMore; ) {
      isMore =
          links.stream()
              .filter(link -> !believed.contains(Key.of(link)))
              .filter(link -> isCertified(link, believed, known))
              .map(link -> believed.add(Key.of(link)))
              .reduce(false, Boolean::logicalOr);
    }
    List<X509Certificate> next =
        offered.stream().filter(root -> believed.contains(Key.of(root))).toList();
    return next.isEmpty() ? known.certificates() : next;
  }

  /** What a root is told by: its name and key, whichever certificate says so. */
  private record Key(X500Principal name, PublicKey key) {
    static Key of(X509Certificate certificate) {
      return new Key(certificate.getSubjectX500Principal(), certificate.getPublicKey());
    }
  }

  private static boolean isGood(X509Certificate certificate, Instant now) {
    return !now.isBefore(certificate.getNotBefore().toInstant())
        && !now.isAfter(certificate.getNotAfter().toInstant())
        && isAuthority(certificate);
  }

  private static boolean isRoot(X509Certificate certificate) {
    return CertificateFacts.signedBy(certificate, certificate.getPublicKey());
  }

  private static boolean isCertified(X509Certificate link, Set<Key> believed, TrustedRoots known) {
    return believed.stream()
        .filter(by -> by.name().equals(link.getIssuerX500Principal()))
        .filter(by -> CertificateFacts.signedBy(link, by.key()))
        .anyMatch(by -> !known.isRevoked(link, by.key()));
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
