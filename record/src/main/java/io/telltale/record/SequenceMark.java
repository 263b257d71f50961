package io.telltale.record;

/** How a record's sequence number stood to those that its door had seen (ADR 0120). */
public enum SequenceMark {
  /** Above the last one, or without a number. */
  NONE,
  /** The first one of this enrolment that the door saw; the device may have come from another. */
  FIRST,
  /** More than {@link SequenceWindow#JUMP_MARKED} above the last one. */
  JUMP,
  /** Below the last one and not used before: sent late. */
  LATE
}
