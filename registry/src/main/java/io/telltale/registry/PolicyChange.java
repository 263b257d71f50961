package io.telltale.registry;

import io.telltale.roster.Mistake;
import io.telltale.roster.Policy;
import java.util.List;
import java.util.OptionalLong;

/** What came of putting a policy document in force. */
public sealed interface PolicyChange {
  /**
   * It is in force.
   *
   * @param contentOf the version that said this first: its own, or the one that was put back
   * @param cuts what registered devices lost by it
   */
  record InForce(Policy policy, long contentOf, PolicyCuts cuts) implements PolicyChange {}

  /** A document of the same content was in force already. */
  record Unchanged(Policy policy, long contentOf) implements PolicyChange {}

  /** Registered devices would lose something, and nobody said that they may. */
  record CutsOff(PolicyCuts cuts) implements PolicyChange {}

  /**
   * Another version is in force than the caller built on, or the document's own version is not
   * above it.
   */
  record Stale(long versionInForce) implements PolicyChange {}

  /**
   * There is no such version to go back to.
   *
   * @param version that was asked for; empty for the one before
   */
  record Unknown(OptionalLong version, long versionInForce) implements PolicyChange {}

  /** It has mistakes. */
  record Invalid(List<Mistake> mistakes) implements PolicyChange {
    public Invalid {
      mistakes = List.copyOf(mistakes);
    }
  }
}
