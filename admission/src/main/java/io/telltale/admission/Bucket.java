package io.telltale.admission;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A token bucket as one number, refilled by the passing of time only: the generic cell rate
 * algorithm. Safe to share among event loops.
 */
final class Bucket {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final long DEBT_MAX_NANOS = 60_000_000_000L;

  /** When the bucket will be full again, on the caller's nanosecond clock. */
  private final AtomicLong fullAtNanos = new AtomicLong(Long.MIN_VALUE);

  /** Whether it is as a fresh one would be. */
  boolean isFull(long nowNanos) {
    long full = fullAtNanos.get();
    return full == Long.MIN_VALUE || full - nowNanos <= 0;
  }

  /**
   * Takes {@code cost} tokens, or none. Returns 0 when taken, else the nanoseconds until they would
   * be there.
   */
  long take(double cost, double perSecond, double burst, long nowNanos) {
    long costNanos = (long) (cost / perSecond * NANOS_PER_SECOND);
    long burstNanos = (long) (burst / perSecond * NANOS_PER_SECOND);
    while (true) {
      long full = fullAtNanos.get();
      long from = full == Long.MIN_VALUE || full - nowNanos < 0 ? nowNanos : full;
      long wait = from + costNanos - nowNanos - burstNanos;
      if (wait > 0) {
        return wait;
      }
      if (fullAtNanos.compareAndSet(full, from + costNanos)) {
        return 0;
      }
    }
  }

  /**
   * Takes {@code cost} tokens whether they are there or not: what was done cannot be refused any
   * more. Returns 0, or the nanoseconds until the debt is paid: 60 s at most, so that whoever meets
   * a debt that is not its own doing is not locked out.
   */
  long owe(double cost, double perSecond, double burst, long nowNanos) {
    long costNanos = (long) (cost / perSecond * NANOS_PER_SECOND);
    long burstNanos = (long) (burst / perSecond * NANOS_PER_SECOND);
    while (true) {
      long full = fullAtNanos.get();
      long from = full == Long.MIN_VALUE || full - nowNanos < 0 ? nowNanos : full;
      long debt = Math.min(from + costNanos - nowNanos - burstNanos, DEBT_MAX_NANOS);
      if (fullAtNanos.compareAndSet(full, nowNanos + burstNanos + debt)) {
        return Math.max(debt, 0);
      }
    }
  }
}
