package io.telltale.registry;

import java.util.Locale;

/** Why an enrollment token was refused: for the ledger and the operator, not for the peer. */
public enum TokenRefusal {
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
