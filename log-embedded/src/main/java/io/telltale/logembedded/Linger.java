package io.telltale.logembedded;

import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;

/**
 * Lets a group wait a little for more appends, so that more of them share a write, an fsync and a
 * wake-up of their loops (ADR 0291). It waits only where appends keep coming: after a wait in vain
 * it lets some groups pass, each time more of them. Used by the writer thread only.
 */
final class Linger {
  // Longer than a pass of a busy loop, which appends once.
  static final long SLICE_NANOS = 2_000_000;
  static final int SLICES_MAX = 2;
  static final int PASSES_MAX = 256;

  private final LongConsumer pause;
  private int passes;
  private int vain;

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
    boolean comes = true;
    for (int i = 0; i < SLICES_MAX && comes && !enough.getAsBoolean(); i++) {
      pause.accept(SLICE_NANOS);
      comes = drain.getAsInt() > 0;
    }
    // Who waits for this group to be answered has sent all by the first slice, and nothing after.
    vain = comes ? 0 : Math.min(PASSES_MAX, 2 * vain + 1);
    passes = vain;
  }
}
