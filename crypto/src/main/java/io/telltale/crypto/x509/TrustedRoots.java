package io.telltale.crypto.x509;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import java.math.BigInteger;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Decides whether a chain leads to a root of ours (RFC 5280 section 6.1, narrowed: signed by P-256
 * with SHA-256 only, four certificates at most, no critical extension that is not understood here).
 * Membership is never enough: the caller still asks who it is and whether it may.
 */
public final class TrustedRoots {
  private static final int CHAIN_MAX = 4;
  private static final int KEY_CERT_SIGN = 1 << 2;
  // keyUsage, subjectAltName, basicConstraints, extendedKeyUsage: the ones checked below.
  private static final Set<String> UNDERSTOOD =
      Set.of("2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.37");
  // Constraints of names and policies narrow what a CA may issue, critical or not (RFC 5280,
  // 4.2.1.10, .11, .14): who does not evaluate them must not believe a CA that has them.
  private static final Set<String> CONSTRAINING = Set.of("2.5.29.30", "2.5.29.36", "2.5.29.54");

  private final List<X509Certificate> roots;
  private final List<RevocationList> lists;

  private record RevocationList(Bytes der, Set<BigInteger> serials) {}

  public TrustedRoots(List<X509Certificate> roots) {
    this(roots, List.of());
  }

  private TrustedRoots(List<X509Certificate> roots, List<Bytes> lists) {
    this.roots = List.copyOf(roots);
    this.lists =
        lists.stream().map(list -> new RevocationList(list, ListFacts.revoked(list))).toList();
  }

  /**
   * The same, but for CAs that are on one of {@code lists} (DER). Of each root the list of the
   * highest number counts, among these and those that are known; what no root of these signed, and
   * what is no list, counts for nothing. That a list is overdue changes nothing: what it names has
   * ended for good.
   */
  public TrustedRoots without(List<Bytes> told) {
    List<Bytes> all = Stream.concat(lists().stream(), told.stream()).toList();
    return new TrustedRoots(
        roots, roots.stream().flatMap(root -> newest(root, all).stream()).distinct().toList());
  }

  private static Optional<Bytes> newest(X509Certificate root, List<Bytes> lists) {
    return lists.stream()
        .filter(list -> ListFacts.signedBy(list, root.getPublicKey()))
        .filter(list -> ListFacts.of(list).isPresent())
        .max(Comparator.comparing(list -> ListFacts.of(list).orElseThrow().number()));
  }

  /** The serial numbers on them. */
  public Set<BigInteger> revoked() {
    return lists.stream().flatMap(list -> list.serials().stream()).collect(Collectors.toSet());
  }

  /** The revocation lists that count, DER. */
  public List<Bytes> lists() {
    return lists.stream().map(RevocationList::der).toList();
  }

  public List<X509Certificate> certificates() {
    return roots;
  }

  /**
   * Whether one of them bears the name of who issued {@code certificate}: of one that was checked
   * before, cheaply, whether its issuer is still among them.
   */
  public boolean haveIssuerOf(X509Certificate certificate) {
    return roots.stream()
        .anyMatch(
            root -> root.getSubjectX500Principal().equals(certificate.getIssuerX500Principal()));
  }

  /** What came of it. */
  public sealed interface Verdict {
    /**
     * The chain holds.
     *
     * @param path the leaf first, the root last: what was verified, whatever else was shown
     */
    record Trusted(List<X509Certificate> path, CertificateFacts facts) implements Verdict {
      public Trusted {
        path = List.copyOf(path);
      }

      public X509Certificate leaf() {
        return path.getFirst();
      }

      /** Who signed the leaf. */
      public Fingerprint issuer() {
        return Certificates.fingerprint(path.get(1));
      }
    }

    /** It does not. */
    record Untrusted(Why why) implements Verdict {}
  }

  /** Why a chain is not trusted; constants, fit for counters. */
  public enum Why {
    NO_CERTIFICATE,
    CHAIN_TOO_LONG,
    MALFORMED,
    /** A leaf is on P-256 or P-384, a CA on P-256. */
    KEY_KIND,
    EXPIRED,
    NOT_YET_VALID,
    UNKNOWN_ISSUER,
    BAD_SIGNATURE,
    ISSUER_NOT_A_CA,
    ISSUER_REVOKED,
    LEAF_IS_A_CA,
    WRONG_USAGE,
    UNKNOWN_CRITICAL_EXTENSION;

    /** Whether no root of ours signed it: whoever shows it is of another authority. */
    public boolean isForeign() {
      return this == UNKNOWN_ISSUER || this == BAD_SIGNATURE;
    }
  }

  /**
   * Checks {@code chain}, leaf first, with or without the root, for {@code usage} at {@code now}.
   */
  public Verdict check(List<X509Certificate> chain, Usage usage, Instant now) {
    if (chain.isEmpty()) {
      return new Verdict.Untrusted(Why.NO_CERTIFICATE);
    }
    if (chain.size() > CHAIN_MAX) {
      return new Verdict.Untrusted(Why.CHAIN_TOO_LONG);
    }
    X509Certificate leaf = chain.getFirst();
    Optional<CertificateFacts> facts = CertificateFacts.of(leaf);
    if (facts.isEmpty()) {
      return new Verdict.Untrusted(Why.MALFORMED);
    }
    Optional<Why> fault = leafFault(leaf, facts.get(), usage, now);
    if (fault.isPresent()) {
      return new Verdict.Untrusted(fault.get());
    }
    return switch (path(chain, now)) {
      case Path.Broken(Why why) -> new Verdict.Untrusted(why);
      case Path.Whole(var path) ->
          isRevoked(path)
              ? new Verdict.Untrusted(Why.ISSUER_REVOKED)
              : new Verdict.Trusted(path, facts.get());
    };
  }

  // The leaf is no CA, and the last one is what was trusted to begin with.
  private boolean isRevoked(List<X509Certificate> path) {
    for (int at = 1; at < path.size() - 1; at++) {
      if (isRevoked(path.get(at), path.get(at + 1).getPublicKey())) {
        return true;
      }
    }
    return false;
  }

  /** Whether a list of who has the key {@code by} names {@code authority}, which it signed. */
  public boolean isRevoked(X509Certificate authority, PublicKey by) {
    BigInteger serial = authority.getSerialNumber();
    return lists.stream()
        .anyMatch(list -> list.serials().contains(serial) && ListFacts.signedBy(list.der(), by));
  }

  private static Optional<Why> leafFault(
      X509Certificate leaf, CertificateFacts facts, Usage usage, Instant now) {
    if (facts.authority()) {
      return Optional.of(Why.LEAF_IS_A_CA);
    }
    // A key usage or purpose that is absent would mean "any": ours always say.
    if ((facts.keyUsage() & CertificateFacts.DIGITAL_SIGNATURE) == 0
        || !facts.extendedKeyUsage().contains(usage.oid())) {
      return Optional.of(Why.WRONG_USAGE);
    }
    return commonFault(leaf, facts, now);
  }

  private static Optional<Why> commonFault(
      X509Certificate certificate, CertificateFacts facts, Instant now) {
    if (now.isBefore(facts.notBefore())) {
      return Optional.of(Why.NOT_YET_VALID);
    }
    if (now.isAfter(facts.notAfter())) {
      return Optional.of(Why.EXPIRED);
    }
    if (!UNDERSTOOD.containsAll(facts.criticalExtensions())
        || !Collections.disjoint(CONSTRAINING, facts.extensions())) {
      return Optional.of(Why.UNKNOWN_CRITICAL_EXTENSION);
    }
    PublicKey key = certificate.getPublicKey();
    boolean isSound =
        NamedCurve.P256.isSound(key) || (!facts.authority() && NamedCurve.P384.isSound(key));
    return isSound ? Optional.empty() : Optional.of(Why.KEY_KIND);
  }

  /** The way from the leaf to a root. */
  private sealed interface Path {
    record Whole(List<X509Certificate> certificates) implements Path {}

    record Broken(Why why) implements Path {}
  }

  // Each signature is verified once: it is most of what a handshake costs us.
  private Path path(List<X509Certificate> chain, Instant now) {
    var path = new ArrayList<X509Certificate>();
    X509Certificate below = chain.getFirst();
    int authorities = 0;
    for (int depth = 0; depth < CHAIN_MAX; depth++) {
      if (path.contains(below)) {
        return new Path.Broken(Why.UNKNOWN_ISSUER);
      }
      path.add(below);
      Optional<X509Certificate> root = rootOf(below);
      if (root.isEmpty() && depth + 1 >= chain.size()) {
        return new Path.Broken(Why.UNKNOWN_ISSUER);
      }
      // An anchor that signed it comes before what the peer sent along.
      X509Certificate issuer = root.isPresent() ? root.get() : chain.get(depth + 1);
      Optional<Why> fault = linkFault(below, issuer, authorities, now);
      if (fault.isPresent()) {
        return new Path.Broken(fault.get());
      }
      if (root.isPresent()) {
        path.add(issuer);
        return new Path.Whole(path);
      }
      if (!CertificateFacts.signedBy(below, issuer.getPublicKey())) {
        return new Path.Broken(Why.BAD_SIGNATURE);
      }
      below = issuer;
      // RFC 5280 section 6.1.4 (l): a root's next key, certified by its last one, is no level.
      authorities += isSelfIssued(issuer) ? 0 : 1;
    }
    return new Path.Broken(Why.CHAIN_TOO_LONG);
  }

  private static boolean isSelfIssued(X509Certificate certificate) {
    return certificate.getIssuerX500Principal().equals(certificate.getSubjectX500Principal());
  }

  /** Everything about a link but its signature; so many CAs are between it and the leaf. */
  private static Optional<Why> linkFault(
      X509Certificate below, X509Certificate issuer, int authorities, Instant now) {
    if (!below.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
      return Optional.of(Why.UNKNOWN_ISSUER);
    }
    Optional<CertificateFacts> facts = CertificateFacts.of(issuer);
    if (facts.isEmpty()) {
      return Optional.of(Why.MALFORMED);
    }
    // getBasicConstraints: the path length, Integer.MAX_VALUE for none, -1 for no CA.
    if (!facts.get().authority()
        || (facts.get().keyUsage() & KEY_CERT_SIGN) == 0
        || issuer.getBasicConstraints() < authorities) {
      return Optional.of(Why.ISSUER_NOT_A_CA);
    }
    return commonFault(issuer, facts.get(), now);
  }

  /** The root that signed it, its signature verified. */
  private Optional<X509Certificate> rootOf(X509Certificate certificate) {
    for (X509Certificate root : roots) {
      if (root.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())
          && CertificateFacts.signedBy(certificate, root.getPublicKey())) {
        return Optional.of(root);
      }
    }
    return Optional.empty();
  }
}
