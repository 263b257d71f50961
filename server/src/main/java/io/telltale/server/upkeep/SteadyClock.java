package io.telltale.server.upkeep;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * Says how long the wall clock has run as the machine's own counter does: what cannot be taken back
 * is not done by a clock that has just been set. To be asked at least once a minute or so.
 */
final class SteadyClock {
  private static final Duration JUMP = Duration.ofMinutes(5);

  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private Instant sinceTime;
  private long sinceNanos;

  SteadyClock(InstantSource clock, LongSupplier nanoTime) {
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.sinceTime = clock.instant();
    this.sinceNanos = nanoTime.getAsLong();
  }

  /** Since the start or the last jump by more than five minutes, whichever was later. */
  Duration steadyFor() {
    Instant now = clock.instant();
    Duration counted = Duration.ofNanos(nanoTime.getAsLong() - sinceNanos);
    Duration told = Duration.between(sinceTime, now);
    if (told.minus(counted).abs().compareTo(JUMP) > 0) {
      sinceTime = now;
      sinceNanos = nanoTime.getAsLong();
      return Duration.ZERO;
    }
    return counted;
  }
}
