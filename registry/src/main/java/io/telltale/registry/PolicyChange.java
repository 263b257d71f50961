package io.telltale.registry;

import java.util.List;

/** What came of putting a policy document in force. */
public sealed interface PolicyChange {
  /** It is in force. */
  record InForce(Policy policy) implements PolicyChange {}

  /** A document of the same content was in force already. */
  record Unchanged(Policy policy) implements PolicyChange {}

  /**
   * Another version is in force than the caller built on, or the document's own version is not
   * above it.
   */
  record Stale(long versionInForce) implements PolicyChange {}

  /** There is no such version to go back to. */
  record Unknown() implements PolicyChange {}

  /** It has mistakes. */
  record Invalid(List<Mistake> mistakes) implements PolicyChange {
    public Invalid {
      mistakes = List.copyOf(mistakes);
    }
  }
}
