package io.telltale.ledger;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.UnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * One outbox on its way into the ledger: each number once, in order. The last number taken is
 * committed together with the events, so that a crash repeats and skips nothing. Owned by the
 * sequencer's thread but for {@link #wake}.
 */
final class OutboxDrain {
  // An outbox that forgets to call is asked all the same.
  private static final long ASK_EVERY_NANOS = 1_000_000_000L;

  private final Outbox outbox;
  private final EventSealing sealing;
  private long last;
  private final LongSupplier nanoTime;
  private long askAt;
  private volatile boolean woken = true;

  OutboxDrain(Outbox outbox, EventSealing sealing, long last, LongSupplier nanoTime) {
    this.outbox = outbox;
    this.sealing = sealing;
    this.last = last;
    this.nanoTime = nanoTime;
    this.askAt = nanoTime.getAsLong();
  }

  String source() {
    return outbox.source();
  }

  void wake() {
    woken = true;
  }

  /** The next events, sealed; empty when there is nothing to take yet. */
  List<EventSealing.Prepared> next(int limit) {
    if (nanoTime.getAsLong() - askAt < 0 && !woken) {
      return List.of();
    }
    // Cleared before asking: a commit after the answer sets it again.
    woken = false;
    askAt = nanoTime.getAsLong() + ASK_EVERY_NANOS;
    var group = new ArrayList<EventSealing.Prepared>();
    for (Outbox.Numbered one : ofStore(() -> outbox.after(last, limit))) {
      long expected = last + 1 + group.size();
      if (one.number() != expected) {
        throw new CorruptException(
            "the outbox %s has event %d where %d must follow"
                .formatted(outbox.source(), one.number(), expected));
      }
      group.add(ofStore(() -> prepared(one)));
    }
    return group;
  }

  // A store that was found damaged keeps its own events back, and nobody else's: the ledger is not
  // damaged by it.
  private <T> T ofStore(Supplier<T> use) {
    try {
      return use.get();
    } catch (CorruptException e) {
      throw new UnavailableException(
          "taking the events of %s: %s".formatted(outbox.source(), e.getMessage()), e);
    }
  }

  // It was committed with what it tells of: that it cannot be written as it is must neither lose it
  // nor keep those behind it.
  private EventSealing.Prepared prepared(Outbox.Numbered one) {
    try {
      return sealing.prepare(outbox.source(), one.number(), one.event());
    } catch (IllegalArgumentException e) {
      return sealing.prepare(outbox.source(), one.number(), UnfitEvent.instead(one.event()));
    }
  }

  void sequenced(long number) {
    last = number;
    woken = true;
    ofStore(
        () -> {
          outbox.sequenced(number);
          return number;
        });
  }

  /** Tries again after a while, from where {@code committed} says the ledger stands. */
  void failed(RuntimeException why, long waitNanos, LongSupplier committed) {
    woken = false;
    askAt = nanoTime.getAsLong() + waitNanos;
    if (!(why instanceof CorruptException)) {
      try {
        last = Math.max(last, committed.getAsLong());
      } catch (RuntimeException e) {
        why.addSuppressed(e);
      }
    }
  }
}
