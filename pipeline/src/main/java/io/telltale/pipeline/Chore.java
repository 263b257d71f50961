package io.telltale.pipeline;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** One kind of housekeeping: when it fails it rests for a minute, and keeps no other waiting. */
final class Chore {
  static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final LongSupplier nanoTime;
  private String trouble = "";
  private long failedNanos;

  Chore(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * @param work tells why it failed, or the empty text
   */
  void attempt(Supplier<String> work) {
    if (trouble.isEmpty() || nanoTime.getAsLong() - failedNanos >= PAUSE_NANOS) {
      trouble = work.get();
      failedNanos = nanoTime.getAsLong();
    }
  }

  /** Why it failed last, or empty. */
  String trouble() {
    return trouble;
  }
}
