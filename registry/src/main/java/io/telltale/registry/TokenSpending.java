package io.telltale.registry;

import java.util.Locale;

/** What came of presenting an enrollment token. */
public sealed interface TokenSpending {
  /** It was good and never will be again. */
  record Spent(int number) implements TokenSpending {}

  /** It was refused; {@code why} is for the ledger and the operator, not for the peer. */
  record Refused(Why why) implements TokenSpending {}

  /** Why a token was refused. */
  enum Why {
    UNKNOWN_TOKEN,
    UNKNOWN_DEVICE,
    WRONG_DEVICE,
    ALREADY_SPENT,
    EXPIRED,
    /** Taken back when the device changed state. */
    VOIDED,
    /** The device may not enroll in its state. */
    DEVICE_STATE;

    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }
}
