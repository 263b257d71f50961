package io.telltale.admission;

/** Takes the outcome of one submission, exactly once, on the event loop that submitted it. */
@FunctionalInterface
public interface Reply {
  void answered(Outcome outcome);
}
