package io.telltale.registry;

import java.util.List;

/** What came of putting a policy document in force. */
public sealed interface PolicyChange {
  /** It is in force. */
  record InForce(Policy policy) implements PolicyChange {}

  /** This very document was in force already. */
  record Unchanged(Policy policy) implements PolicyChange {}

  /** It is not above the version that is in force. */
  record Stale(long versionInForce) implements PolicyChange {}

  /** It has mistakes. */
  record Invalid(List<String> mistakes) implements PolicyChange {
    public Invalid {
      mistakes = List.copyOf(mistakes);
    }
  }
}
