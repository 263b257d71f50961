package io.telltale.roster;

import java.util.List;

/** What reading a policy document gave. */
public sealed interface ParsedPolicy {
  /** A policy that can be put in force. */
  record Valid(Policy policy) implements ParsedPolicy {}

  /** Every mistake found, each with the place it is at. */
  record Invalid(List<Mistake> mistakes) implements ParsedPolicy {
    public Invalid {
      mistakes = List.copyOf(mistakes);
    }
  }
}
