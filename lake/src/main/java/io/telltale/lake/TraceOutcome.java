package io.telltale.lake;

/** What became of a request to trace. */
public sealed interface TraceOutcome {
  record Traced(TraceReport report) implements TraceOutcome {}

  /** Cannot be traced exactly, or may not be asked; {@code message} says what would work. */
  record Refused(String code, String message) implements TraceOutcome {}
}
