package io.telltale.doors;

import java.util.Locale;

/** Why a connection did not come to a session; each is a counter's cause. */
public enum Cause {
  EXPIRED,
  NOT_YET_VALID,
  UNKNOWN_CA,
  SELF_SIGNED,
  WRONG_EKU,
  CERTIFICATE_MALFORMED,
  UNREGISTERED,
  REVOKED,
  NOT_ACTIVE,
  NAME_MISMATCH,
  NO_CERTIFICATE,
  PROTOCOL_ERROR,
  TIMEOUT,
  CLOSED_BY_PEER,
  TOO_MANY,
  FULL;

  /** Lower case with dashes. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
