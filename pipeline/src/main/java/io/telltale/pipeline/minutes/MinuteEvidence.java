package io.telltale.pipeline.minutes;

import io.telltale.engine.EngineFailedException;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import io.telltale.pipeline.FencedException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What trying aggregates of any scope has told so far. Not thread-safe. */
final class MinuteEvidence {
  private static final int WITNESSES_MAX = 8;

  /** When so many in a row fail, and none goes through, there are pauses. */
  private static final int DOUBTFUL = 8;

  private static final int DOUBLED_MAX = 3;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final BooleanSupplier room;
  private final LongSupplier nanoTime;
  private final ArrayDeque<MinuteKey> witnesses = new ArrayDeque<>();
  private int failuresInARow;
  private long failedNanos;
  private boolean blamed;

  /**
   * @param room whether the heap has the room that one aggregate must do with
   */
  MinuteEvidence(BooleanSupplier room, LongSupplier nanoTime) {
    this.room = room;
    this.nanoTime = nanoTime;
  }

  long nanoTime() {
    return nanoTime.getAsLong();
  }

  /** Whether to wait, for a second at most: so much failed that the lake may be to blame. */
  boolean isPause() {
    int more = failuresInARow - DOUBTFUL;
    return more >= 0 && nanoTime() - failedNanos < PAUSE_NANOS << Math.min(more, DOUBLED_MAX);
  }

  void passed(Collection<MinuteKey> keys) {
    failuresInARow = 0;
    for (MinuteKey key : keys) {
      witnesses.add(key);
      if (witnesses.size() > WITNESSES_MAX) {
        witnesses.remove();
      }
    }
  }

  boolean hasWitness() {
    return !witnesses.isEmpty();
  }

  /** Takes one that went through before. */
  @Nullable MinuteKey nextWitness() {
    return witnesses.poll();
  }

  /** Gives it back, to be asked again after the others. */
  void keep(MinuteKey witness) {
    witnesses.add(witness);
  }

  /**
   * Whether a failure may be the aggregates'.
   *
   * @param aggregates that were tried
   */
  boolean tells(Throwable failure, int aggregates) {
    boolean tells =
        switch (failure) {
          case EngineFailedException e -> true;
          // Of one alone it tells something only if nobody else has the heap.
          case OutOfMemoryError e -> aggregates > 1 || room.getAsBoolean();
          case UnavailableException e -> false;
          case CorruptException e -> false;
          case FencedException e -> false;
          default -> true;
        };
    blamed |= tells;
    return tells;
  }

  /** It failed, and nobody knew that it would. */
  void failed() {
    failuresInARow++;
    failedNanos = nanoTime();
  }

  /** Whether the last failure has told something. To be asked once. */
  boolean takeBlamed() {
    boolean was = blamed;
    blamed = false;
    return was;
  }
}
