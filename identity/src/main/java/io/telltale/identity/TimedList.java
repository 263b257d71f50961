package io.telltale.identity;

import io.telltale.kernel.Bytes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A signed list that is made when somebody asks for it: again once a quarter of its life is over,
 * and after a change, though not before some times as long has passed as it took, so that however
 * often it changes and is asked for, a small share of a processor makes it. Who asks while it is
 * made gets the one before, until its next update. Thread-safe.
 */
final class TimedList {
  /** However long it took: by then what it lacks is in it. */
  private static final long AGAIN_NANOS_MAX = TimeUnit.MINUTES.toNanos(5);

  private final Clocks clocks;
  private final Terms terms;
  private final LongSupplier changes;
  private final Function<Instant, Bytes> maker;
  private final ReentrantLock making = new ReentrantLock();
  private volatile @Nullable Made last;

  /** The time of day, and one that never jumps. */
  record Clocks(InstantSource time, LongSupplier nanos) {}

  /**
   * @param life from being made to its next update
   * @param cost for how many times as long as it took to make a change makes none
   */
  record Terms(Duration life, int cost) {}

  /**
   * A list that was made.
   *
   * @param change how many changes had been counted before it was made
   * @param againNanos before when it is not made again for a change
   */
  private record Made(Bytes list, Instant at, long change, long againNanos) {}

  /**
   * @param changes how many there were; each may be in the list that is made after it was counted
   * @param maker makes it, by the time that it is given
   */
  TimedList(Clocks clocks, Terms terms, LongSupplier changes, Function<Instant, Bytes> maker) {
    this.clocks = clocks;
    this.terms = terms;
    this.changes = changes;
    this.maker = maker;
  }

  /** As new as the last change, or as its cost allows. */
  Bytes newest() {
    Made current = last;
    if (current == null || isOver(current)) {
      making.lock();
    } else if ((isGood(current) && isNewEnough(current)) || !making.tryLock()) {
      return current.list();
    }
    try {
      // Somebody may have made it since.
      current = last;
      return current != null && isGood(current) && isNewEnough(current)
          ? current.list()
          : make().list();
    } finally {
      making.unlock();
    }
  }

  /** Makes it where a quarter of its life is over, whatever has changed. */
  void keepGood() {
    Made current = last;
    if (current == null || !isGood(current)) {
      newest();
    }
  }

  /** The one that was made last, good or not; made where there is none. */
  Bytes last() {
    Made current = last;
    return current == null ? newest() : current.list();
  }

  private Made make() {
    Instant now = clocks.time().instant().truncatedTo(ChronoUnit.SECONDS);
    // Before the registry is read: what changes after this asks for the next list.
    long change = changes.getAsLong();
    long began = clocks.nanos().getAsLong();
    Bytes list = maker.apply(now);
    long ended = clocks.nanos().getAsLong();
    long kept = Math.min(AGAIN_NANOS_MAX, terms.cost() * (ended - began));
    Made made = new Made(list, now, change, ended + kept);
    last = made;
    return made;
  }

  private boolean isNewEnough(Made made) {
    return made.change() == changes.getAsLong()
        || clocks.nanos().getAsLong() - made.againNanos() < 0;
  }

  // Nobody can use it any more, or yet.
  private boolean isOver(Made made) {
    Instant now = clocks.time().instant().truncatedTo(ChronoUnit.SECONDS);
    return !now.isBefore(made.at().plus(terms.life())) || now.isBefore(made.at());
  }

  private boolean isGood(Made made) {
    Instant now = clocks.time().instant().truncatedTo(ChronoUnit.SECONDS);
    return now.isBefore(made.at().plus(terms.life().dividedBy(4))) && !now.isBefore(made.at());
  }
}
