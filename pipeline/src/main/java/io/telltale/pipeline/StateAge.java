package io.telltale.pipeline;

import io.telltale.pipeline.minutes.MinuteKey;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * For how long pipelines have run on this state, and what it lets go of because of that. It
 * outlives the workers: one that lives less than a minute would count none. Not thread-safe.
 */
final class StateAge {
  /** For how long a final aggregate is held. */
  static final long MINUTES_KEPT = Duration.ofDays(30).toMinutes();

  private static final int EXPIRE_EVERY = 1_000;

  private final long before;
  private long commits;
  private final LongSupplier nanoTime;
  private final long startedNanos;

  /**
   * @param before in minutes, of all pipelines before this one
   */
  StateAge(long before, LongSupplier nanoTime) {
    this.before = before;
    this.nanoTime = nanoTime;
    this.startedNanos = nanoTime.getAsLong();
  }

  long minutes() {
    return before + TimeUnit.NANOSECONDS.toMinutes(nanoTime.getAsLong() - startedNanos);
  }

  /** In days, from 1 on. */
  long day() {
    return 1 + minutes() / Duration.ofDays(1).toMinutes();
  }

  /** What was stored before then was stored longer ago than aggregates are held. */
  long kept() {
    return minutes() - MINUTES_KEPT;
  }

  /** Whether it is time, once in 1,000 commits, for what takes longer. */
  boolean isTurn() {
    return commits % EXPIRE_EVERY == 0;
  }

  void committed() {
    commits++;
  }

  /**
   * Both clocks must agree: the one that only counts says that a month has gone by since, so a wall
   * clock that was a year ahead for an hour loses nothing; the other keeps what it calls the
   * future, where rows will come again when it is right.
   *
   * @param neededMillis when the oldest of what may still change aggregates came
   */
  Optional<CommitWork.Expiry> expiry(long neededMillis) {
    long age = kept();
    return age <= 0 || !isTurn()
        ? Optional.empty()
        : Optional.of(new CommitWork.Expiry(MinuteKey.minuteOf(neededMillis) - MINUTES_KEPT, age));
  }
}
