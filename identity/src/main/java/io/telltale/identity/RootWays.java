package io.telltale.identity;

import io.telltale.identity.RootCa.Cross;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * How one finds from a root to others. What a listener shows must be one chain, since many clients
 * try no second way (OpenSSL): the one that leads to most roots that are trusted. Immutable.
 */
final class RootWays {
  // A chain has four certificates at most: the leaf and its issuer are two of them.
  private static final int CROSSES_MAX = 2;

  /** So many roots are found from any of them, where each has certified each other. */
  static final int TRUSTED_MAX = CROSSES_MAX + 1;

  private final List<RootCa> roots;
  private final Instant now;

  /** {@code roots} are all that there are, oldest first. */
  RootWays(List<RootCa> roots, Instant now) {
    this.roots = roots;
    this.now = now;
  }

  /** {@code to} has certified the key of the one before on the way. */
  private record Step(RootCa to, X509Certificate certificate) {}

  private record Way(List<Step> steps) {
    static final Way NONE = new Way(List.of());

    Way with(Step next) {
      return new Way(Stream.concat(steps.stream(), Stream.of(next)).toList());
    }

    boolean isBetterThan(Way other) {
      if (count(true) != other.count(true)) {
        return count(true) > other.count(true);
      }
      return count(false) == other.count(false)
          ? steps.size() < other.steps.size()
          : count(false) > other.count(false);
    }

    private long count(boolean isTrusted) {
      return steps.stream().filter(step -> step.to().isTrusted() == isTrusted).count();
    }
  }

  /** The certificates from {@code root} on, in the order of the way. */
  List<X509Certificate> certificates(RootCa root) {
    return best(root).steps().stream().map(Step::certificate).toList();
  }

  /** The ids of {@code root} and of the trusted ones that the way leads to. */
  Set<String> found(RootCa root) {
    var ids = new HashSet<String>();
    ids.add(root.id());
    best(root).steps().stream()
        .map(Step::to)
        .filter(RootCa::isTrusted)
        .forEach(to -> ids.add(to.id()));
    return ids;
  }

  private Way best(RootCa root) {
    return best(root, Way.NONE, Set.of(root.id()));
  }

  private Way best(RootCa at, Way sofar, Set<String> seen) {
    Way best = sofar;
    if (sofar.steps().size() < CROSSES_MAX) {
      for (Step step : steps(at)) {
        if (!seen.contains(step.to().id())) {
          var through = new HashSet<>(seen);
          through.add(step.to().id());
          Way way = best(step.to(), sofar.with(step), through);
          best = way.isBetterThan(best) ? way : best;
        }
      }
    }
    return best;
  }

  // Back to older ones, also those that were retired: whoever was away since then has no other. On
  // to newer ones where they were active once, and somebody may know no other.
  private List<Step> steps(RootCa at) {
    var steps = new ArrayList<Step>();
    for (RootCa other : roots.reversed()) {
      CaState state = other.stage().state();
      for (Cross cross : at.crosses()) {
        if (cross.other().equals(other.id()) && state != CaState.REVOKED) {
          steps.add(new Step(other, cross.newWithOld()));
        }
      }
      for (Cross cross : other.crosses()) {
        if (cross.other().equals(at.id()) && state == CaState.SUPERSEDED) {
          steps.add(new Step(other, cross.oldWithNew()));
        }
      }
    }
    steps.removeIf(step -> isOver(step.certificate()) || isOver(step.to().certificate()));
    return steps;
  }

  private boolean isOver(X509Certificate certificate) {
    return !now.isBefore(certificate.getNotAfter().toInstant());
  }
}
