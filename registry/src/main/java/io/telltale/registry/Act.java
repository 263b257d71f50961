package io.telltale.registry;

import io.telltale.roster.Texts;

/**
 * Who does something and why: what history and ledger keep.
 *
 * @param actor a SPIFFE id, or {@code system}
 * @param reason 1 to 256 printable characters
 */
public record Act(String actor, String reason) {
  private static final int REASON_MAX = 256;

  /** Throws {@link IllegalArgumentException} when {@link #validReason} says no. */
  public Act {
    if (!validReason(reason)) {
      throw new IllegalArgumentException("a reason is 1 to 256 printable characters");
    }
  }

  public static boolean validReason(String reason) {
    return !reason.isBlank() && Texts.printable(reason, REASON_MAX);
  }
}
