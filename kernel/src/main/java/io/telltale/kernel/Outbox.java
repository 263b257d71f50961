package io.telltale.kernel;

import java.util.List;

/**
 * Events that a store committed together with its own change, waiting for the ledger's sequencer.
 * Numbers are contiguous from 1 and never reused, so that the sequencer can drop what it already
 * has.
 */
public interface Outbox {
  /** The store's name in the ledger, for instance {@code registry}. */
  String source();

  /** Up to {@code limit} committed events with a number above {@code number}, in order. */
  List<Numbered> after(long number, int limit);

  /** Tells the store that events up to {@code number} are in the ledger and may be forgotten. */
  void sequenced(long number);

  /** The last number that the store has forgotten so; 0 when there is none. */
  long forgotten();

  /** Calls {@code listener} after each commit that added an event; must return at once. */
  void onCommitted(Runnable listener);

  /** An event and its place in the outbox. */
  record Numbered(long number, Event event) {}
}
