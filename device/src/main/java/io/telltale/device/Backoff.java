package io.telltale.device;

import java.util.random.RandomGenerator;

/**
 * How long to wait before the next try: up to twice as long as before each time, with full jitter,
 * since a fleet that lost its door together must not come back together.
 */
final class Backoff {
  private static final long FIRST_MILLIS = 250;
  private static final long MAX_MILLIS = 30_000;

  private final RandomGenerator jitter;
  private long atMostMillis = FIRST_MILLIS;

  Backoff(RandomGenerator jitter) {
    this.jitter = jitter;
  }

  long nextMillis() {
    long wait = 1 + jitter.nextLong(atMostMillis);
    atMostMillis = Math.min(MAX_MILLIS, atMostMillis * 2);
    return wait;
  }

  /** What was waited for before concerns the next try no more. */
  void forget() {
    atMostMillis = FIRST_MILLIS;
  }
}
