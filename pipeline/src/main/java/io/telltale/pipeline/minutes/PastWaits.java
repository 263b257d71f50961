package io.telltale.pipeline.minutes;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Whether to wait for aggregates of long ago that could not be read: not for ever, and not longer
 * since others could. It outlives the workers, whose state each failure undoes. Not thread-safe.
 */
public final class PastWaits {
  /** Some ten seconds of a pipeline that backs off. */
  public static final int TRIES = 8;

  /** Of so many spans at once; no more are waited for. */
  private static final int SPANS = 64;

  private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final LongSupplier nanoTime;
  private final Map<String, Failed> failed = new HashMap<>();

  /** A span that could not be read. */
  private record Failed(int tries, long sinceNanos) {
    Failed again() {
      return new Failed(Math.min(tries + 1, TRIES + 1), sinceNanos);
    }
  }

  public PastWaits(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** After one more failure to read {@code span}. */
  boolean waitsFor(String span) {
    long now = nanoTime.getAsLong();
    if (!failed.containsKey(span) && failed.size() >= SPANS) {
      failed.values().removeIf(one -> now - one.sinceNanos() > KEPT_NANOS);
      if (failed.size() >= SPANS) {
        return false;
      }
    }
    return failed.merge(span, new Failed(1, now), (old, one) -> old.again()).tries() <= TRIES;
  }

  void read(String span) {
    failed.remove(span);
  }
}
