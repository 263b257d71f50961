package io.telltale.identity;

import io.telltale.crypto.x509.CertificateIssuer.Revoked;
import io.telltale.crypto.x509.ListFacts;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.identity.RootCa.Cross;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * All CAs of one moment, oldest first; one issuing CA for all and its root are active, and at most
 * one for each narrower scope. Immutable.
 */
final class Cas {
  /** RFC 5280 section 5.3.1. */
  static final int CA_COMPROMISE = 2;

  static final int CESSATION_OF_OPERATION = 5;

  private final List<RootCa> roots;
  private final List<IssuingCa> issuing;
  private final IssuingCa active;
  private final TrustedRoots trust;

  Cas(List<RootCa> roots, List<IssuingCa> issuing) {
    this.roots = List.copyOf(roots);
    this.issuing = List.copyOf(issuing);
    this.active =
        issuing.stream()
            .filter(one -> one.scope().isAll() && one.stage().state() == CaState.ACTIVE)
            .findFirst()
            .orElseThrow();
    this.trust =
        new TrustedRoots(
            issuing.stream()
                .filter(one -> one.stage().state().isTrusted())
                .map(IssuingCa::certificate)
                .toList());
  }

  /** What is in the folder, whose files belong together. */
  static Cas read(CaFolder files, CaStates states) {
    var roots = new ArrayList<RootCa>();
    states.roots().forEach(entry -> roots.add(root(files, entry, roots)));
    return new Cas(
        roots,
        states.issuing().stream()
            .map(
                entry ->
                    IssuingCa.of(
                        entry, files.key(entry.id()).orElseThrow(), files.certificates(entry.id())))
            .toList());
  }

  private static RootCa root(CaFolder files, CaStates.Entry entry, List<RootCa> older) {
    List<Cross> crosses =
        entry.above().isEmpty() ? List.of() : crosses(files.crosses(entry.id()), older);
    return new RootCa(
        entry.id(),
        files.certificates(entry.id()).getFirst(),
        crosses,
        Bytes.adopt(files.read(entry.id() + CaFolder.LIST).orElseThrow()),
        entry.stage());
  }

  // In pairs, newWithOld first; which root the older one is its key says.
  private static List<Cross> crosses(List<X509Certificate> pairs, List<RootCa> older) {
    var crosses = new ArrayList<Cross>();
    for (int at = 0; at < pairs.size(); at += 2) {
      X509Certificate oldWithNew = pairs.get(at + 1);
      RootCa other =
          older.stream()
              .filter(one -> one.certificate().getPublicKey().equals(oldWithNew.getPublicKey()))
              .findFirst()
              .orElseThrow();
      crosses.add(new Cross(other.id(), pairs.get(at), oldWithNew));
    }
    return crosses;
  }

  CaStates states(long acts, List<CaAct> untold) {
    return new CaStates(
        roots.stream()
            .map(
                one ->
                    new CaStates.Entry(
                        one.id(), one.predecessor().orElse(""), CaScope.ALL, one.stage()))
            .toList(),
        issuing.stream().map(IssuingCa::entry).toList(),
        acts,
        untold);
  }

  List<RootCa> roots() {
    return roots;
  }

  List<IssuingCa> issuing() {
    return issuing;
  }

  /** Who signs for all that have none of their own. */
  IssuingCa active() {
    return active;
  }

  /** Who signs for {@code scope}, or stands in for it. */
  IssuingCa active(CaScope scope) {
    return scope.andWider().stream()
        .flatMap(one -> activeOf(one).stream())
        .findFirst()
        .orElse(active);
  }

  /** Who signs for that very scope. */
  Optional<IssuingCa> activeOf(CaScope scope) {
    return issuing.stream()
        .filter(one -> one.scope().equals(scope) && one.stage().state() == CaState.ACTIVE)
        .findFirst();
  }

  RootCa activeRoot() {
    return root(active.root());
  }

  RootCa root(String id) {
    return findRoot(id).orElseThrow();
  }

  Optional<RootCa> findRoot(String id) {
    return roots.stream().filter(one -> one.id().equals(id)).findFirst();
  }

  Optional<IssuingCa> find(String id) {
    return issuing.stream().filter(one -> one.id().equals(id)).findFirst();
  }

  /** Whose certificate has that fingerprint, whatever became of it. */
  Optional<IssuingCa> find(Fingerprint certificate) {
    return issuing.stream().filter(one -> one.fingerprints().contains(certificate)).findFirst();
  }

  /** The issuing CAs whose certificates doors take. */
  TrustedRoots trust() {
    return trust;
  }

  /** What leads from the root {@code id} to others, for whoever has one of those only. */
  List<X509Certificate> crosses(String id, Instant now) {
    return new RootWays(roots, now).certificates(root(id));
  }

  /** The roots that are trusted and that one finds from the active one. */
  Set<String> found(Instant now) {
    return new RootWays(roots, now).found(activeRoot());
  }

  /** What the list of {@code root} is to name: what has ended, and all that it named before. */
  List<Revoked> revokedBelow(RootCa root) {
    var lines = new LinkedHashMap<BigInteger, Revoked>();
    ListFacts.lines(root.crl()).forEach(line -> lines.put(line.serial(), line));
    for (IssuingCa one : issuing) {
      if (one.root().equals(root.id()) && !one.stage().state().isTrusted()) {
        one.certificates().forEach(it -> add(lines, it, one.stage()));
      }
    }
    for (RootCa one : roots) {
      for (Cross cross : one.crosses()) {
        RootCa other = root(cross.other());
        if (other.equals(root) && one.stage().state() == CaState.REVOKED) {
          add(lines, cross.newWithOld(), one.stage());
        }
        if (one.equals(root) && other.stage().state() == CaState.REVOKED) {
          add(lines, cross.oldWithNew(), other.stage());
        }
      }
    }
    return List.copyOf(lines.values());
  }

  private static void add(
      Map<BigInteger, Revoked> lines, X509Certificate certificate, RootCa.Stage stage) {
    BigInteger serial = certificate.getSerialNumber();
    int reason = stage.state() == CaState.REVOKED ? CA_COMPROMISE : CESSATION_OF_OPERATION;
    lines.merge(
        serial,
        new Revoked(serial, stage.since(), reason),
        (before, now) -> before.reason() == CA_COMPROMISE ? before : now);
  }

  /** Whether the list of {@code root} lacks something that it is to name. */
  boolean isListBehind(RootCa root) {
    return !unlisted(root).isEmpty();
  }

  /** Whether it lacks a CA that was revoked: one that was retired can wait. */
  boolean lacksRevoked(RootCa root) {
    return unlisted(root).stream().anyMatch(line -> line.reason() == CA_COMPROMISE);
  }

  // The list of one that was revoked itself nobody believes.
  private List<Revoked> unlisted(RootCa root) {
    if (root.stage().state() == CaState.REVOKED) {
      return List.of();
    }
    List<Revoked> listed = ListFacts.lines(root.crl());
    return revokedBelow(root).stream().filter(line -> !listed.contains(line)).toList();
  }

  /** The roots that certified {@code id}, an issuing CA or a root. */
  List<RootCa> certifiersOf(String id) {
    Optional<IssuingCa> issuer = find(id);
    return roots.stream()
        .filter(
            one ->
                issuer.isPresent()
                    ? one.id().equals(issuer.get().root())
                    : one.crosses().stream().anyMatch(cross -> cross.other().equals(id))
                        || root(id).crosses().stream()
                            .anyMatch(cross -> cross.other().equals(one.id())))
        .toList();
  }

  /** What clients are to know: CAs that are trusted, and what leads from root to root. */
  List<X509Certificate> published() {
    var bag = new ArrayList<X509Certificate>();
    bag.add(active.certificate());
    issuing.stream()
        .filter(one -> one.stage().state().isTrusted())
        .map(IssuingCa::certificate)
        .filter(one -> !bag.contains(one))
        .forEach(bag::add);
    bag.addAll(trustedRoots());
    // Of those that were retired, too: whoever was away since then finds no other way.
    roots.stream()
        .filter(root -> root.stage().state() != CaState.REVOKED)
        .flatMap(root -> root.crosses().stream())
        .filter(cross -> root(cross.other()).stage().state() != CaState.REVOKED)
        .forEach(cross -> bag.addAll(cross.both()));
    return bag;
  }

  Cas withRoot(String id, UnaryOperator<RootCa> change) {
    return new Cas(
        roots.stream().map(one -> one.id().equals(id) ? change.apply(one) : one).toList(), issuing);
  }

  Cas withIssuing(UnaryOperator<IssuingCa> change) {
    return new Cas(roots, issuing.stream().map(change).toList());
  }

  /** Roots that others may trust, the active one first. */
  List<X509Certificate> trustedRoots() {
    return rootsFirstActive(RootCa::isTrusted);
  }

  /** The same with the retired ones: what was signed under them stays proven. */
  List<X509Certificate> provingRoots() {
    return rootsFirstActive(one -> one.stage().state() != CaState.REVOKED);
  }

  private List<X509Certificate> rootsFirstActive(Predicate<RootCa> which) {
    var found = new ArrayList<X509Certificate>();
    found.add(activeRoot().certificate());
    for (RootCa one : roots.reversed()) {
      if (which.test(one) && !found.contains(one.certificate())) {
        found.add(one.certificate());
      }
    }
    return found;
  }
}
