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
  static final long SLICE_NANOS = 500_000;
  static final int SLICES_MAX = 8;

  /** Senders that wait for this group to be answered have sent all they will by the first. */
  static final int WORTH_SLICES = 3;

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
    int slices = 0;
    boolean comes = true;
    while (comes && slices < SLICES_MAX && !enough.getAsBoolean()) {
      pause.accept(SLICE_NANOS);
      comes = drain.getAsInt() > 0;
      slices += comes ? 1 : 0;
    }
    boolean worth = slices >= WORTH_SLICES || (comes && enough.getAsBoolean());
    vain = worth ? 0 : Math.min(PASSES_MAX, 2 * vain + 1);
    passes = vain;
  }
}
