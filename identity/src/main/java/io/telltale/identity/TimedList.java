package io.telltale.identity;

import io.telltale.kernel.Bytes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A signed list that is made when somebody asks for it: again once a quarter of its life is over,
 * and after a change, though not before a hundred times as long has passed as it took. So however
 * long the list is and however often it changes and is asked for, a hundredth of a processor makes
 * it. Thread-safe.
 */
final class TimedList {
  private static final int COST_FRACTION = 100;

  private final Clocks clocks;
  private final Duration life;
  private final LongSupplier changes;
  private final Function<Instant, Bytes> maker;
  private final ReentrantLock making = new ReentrantLock();
  private volatile @Nullable Made last;

  /** The time of day, and one that never jumps. */
  record Clocks(InstantSource time, LongSupplier nanos) {}

  /**
   * A list that was made.
   *
   * @param change how many changes had been counted before it was made
   * @param againNanos before when it is not made again for a change
   */
  record Made(Bytes list, Instant at, long change, long againNanos) {}

  /**
   * @param changes how many there were; each may be in the list that is made after it was counted
   * @param maker makes it, by the time that it is given
   */
  TimedList(Clocks clocks, Duration life, LongSupplier changes, Function<Instant, Bytes> maker) {
    this.clocks = clocks;
    this.life = life;
    this.changes = changes;
    this.maker = maker;
  }

  /** As new as the last change, or as its cost allows. */
  Bytes newest() {
    Made current = last;
    if (current != null && isGood(current) && (isCurrent(current) || !isAffordable(current))) {
      return current.list();
    }
    making.lock();
    try {
      current = last;
      return current != null && isGood(current) && isCurrent(current)
          ? current.list()
          : make().list();
    } finally {
      making.unlock();
    }
  }

  /** The one that was made last while it is good, whatever has changed. */
  Bytes good() {
    return goodMade().list();
  }

  Made goodMade() {
    Made current = last;
    if (current != null && isGood(current)) {
      return current;
    }
    making.lock();
    try {
      current = last;
      return current != null && isGood(current) ? current : make();
    } finally {
      making.unlock();
    }
  }

  private Made make() {
    Instant now = clocks.time().instant().truncatedTo(ChronoUnit.SECONDS);
    // Before the registry is read: what changes after this asks for the next list.
    long change = changes.getAsLong();
    long began = clocks.nanos().getAsLong();
    Bytes list = maker.apply(now);
    long ended = clocks.nanos().getAsLong();
    Made made = new Made(list, now, change, ended + COST_FRACTION * (ended - began));
    last = made;
    return made;
  }

  private boolean isCurrent(Made made) {
    return made.change() == changes.getAsLong();
  }

  private boolean isAffordable(Made made) {
    return clocks.nanos().getAsLong() - made.againNanos() >= 0;
  }

  private boolean isGood(Made made) {
    Instant now = clocks.time().instant().truncatedTo(ChronoUnit.SECONDS);
    return now.isBefore(made.at().plus(life.dividedBy(4))) && !now.isBefore(made.at());
  }
}
