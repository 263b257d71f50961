package io.telltale.logembedded;

import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;

/**
 * Lets a group wait a little for more appends, so that more of them share a write, an fsync and a
 * wake-up of their loops (ADR 0291). It waits only where appends keep coming as they came: those
 * who wait for this group to be answered have sent all soon after the one before. After a wait in
 * vain it lets some groups pass, each time more of them. Used by the writer thread only.
 */
final class Linger {
  // Longer than a pass of a busy loop, which appends once.
  static final long SLICE_NANOS = 2_000_000;
  static final int PASSES_MAX = 256;

  /**
   * Of what first slices bring, what second ones must bring. Who sends by a clock sends the same in
   * each, but is often read together with whom the group before woke up.
   */
  private static final double KEEPS_COMING = 0.3;

  /** What counts of the waits before: some thirty of them. */
  private static final double KEPT = 1 - 1.0 / 32;

  private final LongConsumer pause;
  private int passes;
  private int vain;
  private double first;
  private double later;

  /** {@code pause} waits for so many nanoseconds, or less. */
  Linger(LongConsumer pause) {
    this.pause = pause;
  }

  /**
   * Waits and calls {@code drain}, which takes what has come and returns how many appends that
   * were, until nothing comes, {@code enough} is true or the longest wait is over.
   */
  void gather(IntSupplier drain, BooleanSupplier enough) {
    if (enough.getAsBoolean()) {
      return;
    }
    if (passes > 0) {
      passes--;
      return;
    }
    pause.accept(SLICE_NANOS);
    int soon = drain.getAsInt();
    if (soon > 0 && !enough.getAsBoolean()) {
      pause.accept(SLICE_NANOS);
      first = first * KEPT + soon;
      later = later * KEPT + drain.getAsInt();
    }
    boolean worth = soon > 0 && (enough.getAsBoolean() || later >= first * KEEPS_COMING);
    vain = worth ? 0 : Math.min(PASSES_MAX, 2 * vain + 1);
    passes = vain;
  }
}
