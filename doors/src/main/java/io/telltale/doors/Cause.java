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

  /** What to tell whoever looks after the device. */
  String sentence() {
    return switch (this) {
      case EXPIRED -> "its certificate has expired";
      case NOT_YET_VALID -> "its certificate is not valid yet";
      case REVOKED -> "its certificate was revoked";
      case NOT_ACTIVE -> "it may not connect in its state, or its certificate was replaced";
      case UNREGISTERED -> "we signed this certificate and do not know it (any more)";
      case NAME_MISMATCH -> "its certificate is registered under another name";
      case WRONG_EKU -> "its certificate is none for a client";
      case CERTIFICATE_MALFORMED -> "its certificate is not as ours are";
      case UNKNOWN_CA, SELF_SIGNED -> "its certificate is signed by none of our authorities";
      case NO_CERTIFICATE -> "it showed no certificate";
      case FULL -> "as many devices are connected as the server has room for";
      case PROTOCOL_ERROR, TIMEOUT, CLOSED_BY_PEER, TOO_MANY -> "the handshake was not finished";
    };
  }

  /** Lower case with dashes. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
