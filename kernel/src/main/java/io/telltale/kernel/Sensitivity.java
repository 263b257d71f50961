package io.telltale.kernel;

/** How much harm a disclosure does, least first. A message type has that of its worst field. */
public enum Sensitivity {
  PUBLIC,
  INTERNAL,
  CONFIDENTIAL,
  RESTRICTED
}
