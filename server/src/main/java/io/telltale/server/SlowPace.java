package io.telltale.server;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** At most a tenth of one processor's time and 16 MiB a second. One thread. */
final class SlowPace implements Pace {
  private static final long RESTS_FOR_EACH = 9;
  private static final long BYTES_A_SECOND = 16L << 20;
  private static final long REST_MIN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long REST_MAX_NANOS = Duration.ofSeconds(30).toNanos();

  private final CountDownLatch end;
  private long since = System.nanoTime();
  private long unpaid;

  SlowPace(CountDownLatch end) {
    this.end = end;
  }

  @Override
  public boolean rest(long bytes) {
    unpaid += bytes;
    long due = due(System.nanoTime() - since, unpaid);
    // Shorter rests are put together.
    if (due < REST_MIN_NANOS) {
      return end.getCount() > 0;
    }
    boolean ended = ended(due);
    since = System.nanoTime();
    unpaid = 0;
    return !ended;
  }

  /** How long to rest, in nanoseconds, after so much work. */
  static long due(long workedNanos, long bytes) {
    long forBytes = Math.round((double) bytes / BYTES_A_SECOND * TimeUnit.SECONDS.toNanos(1));
    return Math.min(REST_MAX_NANOS, Math.max(RESTS_FOR_EACH * workedNanos, forBytes));
  }

  private boolean ended(long nanos) {
    try {
      return end.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}
