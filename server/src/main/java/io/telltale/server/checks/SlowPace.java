package io.telltale.server.checks;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** At most a tenth of one processor's time and 16 MiB a second. One thread. */
final class SlowPace implements Pace {
  private static final long RESTS_FOR_EACH = 9;
  private static final long BYTES_A_SECOND = 16L << 20;
  private static final long REST_MIN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  // A mount that is away for a moment must not take a store out of service.
  private static final long SECOND_LOOK_NANOS = Duration.ofMinutes(1).toNanos();

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
    return due < REST_MIN_NANOS ? goesOn() : rested(due);
  }

  /** How long to rest, in nanoseconds, after so much work. */
  static long due(long workedNanos, long bytes) {
    long forBytes = Math.round((double) bytes / BYTES_A_SECOND * TimeUnit.SECONDS.toNanos(1));
    return Math.max(RESTS_FOR_EACH * workedNanos, forBytes);
  }

  @Override
  public boolean goesOn() {
    return end.getCount() > 0;
  }

  @Override
  public boolean restBeforeSecondLook() {
    return rested(Math.max(SECOND_LOOK_NANOS, due(System.nanoTime() - since, unpaid)));
  }

  private boolean rested(long nanos) {
    boolean ended = ended(nanos);
    since = System.nanoTime();
    unpaid = 0;
    return !ended;
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
