package io.telltale.identity;

import io.telltale.crypto.x509.CertificateIssuer.Revoked;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.identity.RootCa.Cross;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** All CAs of one moment, oldest first; one issuing CA and its root are active. Immutable. */
final class Cas {
  // A chain has four certificates at most: the leaf and its issuer are two of them.
  private static final int CROSSES_MAX = 2;

  /** RFC 5280 section 5.3.1. */
  private static final int CA_COMPROMISE = 2;

  private final List<RootCa> roots;
  private final List<IssuingCa> issuing;
  private final IssuingCa active;
  private final TrustedRoots trust;

  Cas(List<RootCa> roots, List<IssuingCa> issuing) {
    this.roots = List.copyOf(roots);
    this.issuing = List.copyOf(issuing);
    this.active =
        issuing.stream()
            .filter(one -> one.stage().state() == CaState.ACTIVE)
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
    return new Cas(
        states.roots().stream().map(entry -> root(files, entry)).toList(),
        states.issuing().stream()
            .map(
                entry ->
                    IssuingCa.of(
                        entry.id(),
                        entry.above(),
                        files.key(entry.id()).orElseThrow(),
                        files.certificates(entry.id()),
                        entry.stage()))
            .toList());
  }

  private static RootCa root(CaFolder files, CaStates.Entry entry) {
    Optional<Cross> cross =
        entry.above().isEmpty()
            ? Optional.empty()
            : Optional.of(cross(entry.above(), files.crosses(entry.id())));
    return new RootCa(
        entry.id(),
        files.certificates(entry.id()).getFirst(),
        cross,
        Bytes.adopt(files.read(entry.id() + CaFolder.LIST).orElseThrow()),
        entry.stage());
  }

  private static Cross cross(String predecessor, List<X509Certificate> both) {
    return new Cross(predecessor, both.getFirst(), both.getLast());
  }

  CaStates states(List<CaAct> untold) {
    return new CaStates(
        roots.stream()
            .map(
                one ->
                    new CaStates.Entry(
                        one.id(), one.cross().map(Cross::predecessor).orElse(""), one.stage()))
            .toList(),
        issuing.stream().map(one -> new CaStates.Entry(one.id(), one.root(), one.stage())).toList(),
        untold);
  }

  List<RootCa> roots() {
    return roots;
  }

  List<IssuingCa> issuing() {
    return issuing;
  }

  IssuingCa active() {
    return active;
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

  /**
   * What leads from the root {@code id} to those before it that are not revoked, so that whoever
   * has an older one only finds the way.
   */
  List<X509Certificate> crosses(String id, Instant now) {
    var way = new ArrayList<X509Certificate>();
    RootCa at = root(id);
    while (at.cross().isPresent() && way.size() < CROSSES_MAX) {
      Cross cross = at.cross().get();
      RootCa before = root(cross.predecessor());
      boolean isOver = !now.isBefore(cross.newWithOld().getNotAfter().toInstant());
      if (isOver || before.stage().state() == CaState.REVOKED) {
        break;
      }
      way.add(cross.newWithOld());
      at = before;
    }
    return way;
  }

  /** What the list of {@code root} is to name. */
  List<Revoked> revokedBelow(RootCa root) {
    var lines = new ArrayList<Revoked>();
    for (IssuingCa one : issuing) {
      if (one.root().equals(root.id()) && one.stage().state() == CaState.REVOKED) {
        one.certificates().forEach(it -> lines.add(revoked(it, one.stage())));
      }
    }
    // What this root certified for one that followed it.
    for (RootCa one : roots) {
      if (one.stage().state() == CaState.REVOKED) {
        one.cross()
            .filter(cross -> cross.predecessor().equals(root.id()))
            .ifPresent(cross -> lines.add(revoked(cross.newWithOld(), one.stage())));
      }
    }
    return lines;
  }

  private static Revoked revoked(X509Certificate certificate, RootCa.Stage stage) {
    return new Revoked(certificate.getSerialNumber(), stage.since(), CA_COMPROMISE);
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
    roots.stream()
        .filter(RootCa::isTrusted)
        .flatMap(root -> root.cross().stream())
        // Of one that was retired, too: whoever was away since then has no other.
        .filter(cross -> root(cross.predecessor()).stage().state() != CaState.REVOKED)
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
