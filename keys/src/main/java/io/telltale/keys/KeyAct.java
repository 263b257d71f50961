package io.telltale.keys;

import io.telltale.kernel.SpiffeId;

/** Who changes something about keys, and why: it goes into the ledger. */
public record KeyAct(SpiffeId by, String reason) {
  private static final int REASON_MAX = 256;

  public KeyAct {
    if (reason.isBlank() || reason.length() > REASON_MAX) {
      throw new IllegalArgumentException("a reason has 1 to " + REASON_MAX + " characters");
    }
  }
}
