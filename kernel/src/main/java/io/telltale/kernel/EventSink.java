package io.telltale.kernel;

/** Where an act that has no database of its own is recorded. */
public interface EventSink {
  /**
   * Returns the event's index once it is durable in the ledger; throws {@link
   * io.telltale.kernel.UnavailableException} when it is not, and then the act must not happen.
   */
  long record(Event event);
}
