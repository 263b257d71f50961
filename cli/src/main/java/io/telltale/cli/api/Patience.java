package io.telltale.cli.api;

import java.time.Duration;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/** The time that one answer may take, for those who ask more than once. */
public final class Patience {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(2);

  private final LongSupplier nanoTime;
  private final LongConsumer pause;
  private final long start;
  private final long nanosMax;
  private long nextPause = FIRST_PAUSE.toNanos();

  Patience(LongSupplier nanoTime, LongConsumer pause, Duration max) {
    this.nanoTime = nanoTime;
    this.pause = pause;
    this.start = nanoTime.getAsLong();
    this.nanosMax = max.toNanos();
  }

  public boolean lasts() {
    return left() > 0;
  }

  /** Lets a while go by, a longer one each time; whether there is time to ask again. */
  public boolean pause() {
    pause.accept(Math.max(0, Math.min(nextPause, left())));
    nextPause = Math.min(2 * nextPause, PAUSE_MAX.toNanos());
    return lasts();
  }

  private long left() {
    return nanosMax - (nanoTime.getAsLong() - start);
  }
}
