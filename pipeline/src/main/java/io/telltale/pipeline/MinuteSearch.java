package io.telltale.pipeline;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.EngineFailedException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the minute aggregates that cannot be stored, so that each is set apart by itself and all
 * others go on. Those that are due when it begins are tried once, without records, fewer at once
 * after each failure, until one is left. Then those that failed alone are tried again, in rounds
 * with pauses between, before and after each of which one must go through that went through before:
 * what fails in every such round, and that only, is to blame itself. It outlives the workers, whose
 * state each failure undoes. Not thread-safe.
 */
final class MinuteSearch {
  /** In so many rounds each must fail. */
  private static final int ROUNDS = 3;

  /** The heap may be full of others' things. */
  private static final int MEMORY_ROUNDS = 6;

  /** Of so many at once; those behind them are another search's. */
  private static final int SUSPECTS_MAX = 32;

  private static final int WITNESSES_MAX = 8;

  /** When so many in a row failed, and none went through, the aggregates may not be to blame. */
  private static final int DOUBTFUL = 8;

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long HELD_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final BooleanSupplier room;
  private final LongSupplier nanoTime;
  private @Nullable ArrayDeque<MinuteKey> left;
  private final List<MinuteKey> suspects = new ArrayList<>();
  // Of the suspects, those whose turn is still to come in this round.
  private final ArrayDeque<MinuteKey> round = new ArrayDeque<>();
  private final ArrayDeque<MinuteKey> witnesses = new ArrayDeque<>();
  private boolean on;
  private boolean held;
  private long waitsSinceNanos;
  private long waitsNanos;
  private int max;
  // One more than those in which all suspects have failed; 0 before the first.
  private int rounds;
  private boolean memory;
  private int failuresInARow;
  private boolean blamed;

  /**
   * @param room whether the heap has the room that one aggregate must do with
   */
  MinuteSearch(BooleanSupplier room) {
    this(room, System::nanoTime);
  }

  MinuteSearch(BooleanSupplier room, LongSupplier nanoTime) {
    this.room = room;
    this.nanoTime = nanoTime;
  }

  void begin() {
    on = true;
    held = false;
    left = null;
    suspects.clear();
    round.clear();
    witnesses.clear();
    max = Integer.MAX_VALUE;
    rounds = 0;
    memory = false;
    failuresInARow = 0;
    pause(0);
  }

  private void end() {
    on = false;
    left = null;
  }

  /** All wait, since none went through; then it begins again. */
  private void hold() {
    end();
    held = true;
    pause(HELD_NANOS);
  }

  private void pause(long nanos) {
    waitsSinceNanos = nanoTime.getAsLong();
    waitsNanos = nanos;
  }

  private boolean isPause() {
    return nanoTime.getAsLong() - waitsSinceNanos < waitsNanos;
  }

  /** Whether records are to be stored without any aggregate. */
  boolean holds() {
    if (held && !isPause()) {
      begin();
    }
    return on || held;
  }

  boolean isOn() {
    return on;
  }

  /** Whether all wait, since none went through. */
  boolean isHeld() {
    return held;
  }

  /** Whether the last failure has told something about some aggregates. To be asked once. */
  boolean takeBlamed() {
    boolean was = blamed && failuresInARow < DOUBTFUL;
    blamed = false;
    return was;
  }

  /**
   * Tries some aggregates, or sets apart those that are found; nothing else may wait to be stored.
   *
   * @param store commits what is revised
   */
  void step(Minutes minutes, long watermark, ScopeGate gate, Consumer<Minutes.Revised> store) {
    if (isPause()) {
      return;
    }
    ArrayDeque<MinuteKey> untried = left;
    if (untried == null) {
      var due = new ArrayList<>(minutes.due(watermark, gate));
      // One series may be to blame with all its minutes: others go through between them.
      Collections.shuffle(due);
      left = new ArrayDeque<>(due);
    } else if (rounds == 0 && !untried.isEmpty() && suspects.size() < SUSPECTS_MAX) {
      tryAll(untried, minutes, watermark, gate, store);
    } else if (suspects.isEmpty()) {
      end();
    } else if (isFound()) {
      store.accept(minutes.setApart(suspects));
      end();
    } else if (witnesses.isEmpty()) {
      hold();
    } else if (!round.isEmpty()) {
      trySuspect(minutes, watermark, gate, store);
    } else {
      tryWitness(minutes, watermark, gate, store);
    }
  }

  private void tryAll(
      ArrayDeque<MinuteKey> untried,
      Minutes minutes,
      long watermark,
      ScopeGate gate,
      Consumer<Minutes.Revised> store) {
    List<MinuteKey> some = untried.stream().limit(max).toList();
    List<MinuteState> due = minutes.due(some, watermark, gate);
    if (!due.isEmpty()) {
      try {
        store.accept(minutes.revise(due, watermark));
      } catch (RuntimeException | Error e) {
        if (tells(e, due.size())) {
          failed(untried, some);
        }
        throw e;
      }
      passed(due);
    }
    some.forEach(key -> untried.remove());
    max = (int) Math.min(Integer.MAX_VALUE, max * 2L);
  }

  private void failed(ArrayDeque<MinuteKey> untried, List<MinuteKey> some) {
    max = Math.max(1, some.size() / 2);
    if (some.size() == 1) {
      suspects.add(untried.remove());
    }
  }

  private void passed(List<MinuteState> due) {
    failuresInARow = 0;
    for (MinuteState state : due) {
      witnesses.add(state.key());
      if (witnesses.size() > WITNESSES_MAX) {
        witnesses.remove();
      }
    }
  }

  private void trySuspect(
      Minutes minutes, long watermark, ScopeGate gate, Consumer<Minutes.Revised> store) {
    MinuteKey key = round.element();
    List<MinuteState> due = minutes.due(List.of(key), watermark, gate);
    if (!due.isEmpty()) {
      try {
        store.accept(minutes.revise(due, watermark));
      } catch (RuntimeException | Error e) {
        if (tells(e, 1)) {
          round.remove();
        }
        throw e;
      }
      passed(due);
    }
    // What is not due any more will fail again if it is to blame.
    round.remove();
    suspects.remove(key);
  }

  /** Before the first round and after each: whether it is not the lake that fails. */
  private void tryWitness(
      Minutes minutes, long watermark, ScopeGate gate, Consumer<Minutes.Revised> store) {
    MinuteKey key = witnesses.remove();
    Optional<MinuteState> witness = minutes.find(key, gate);
    if (witness.isEmpty()) {
      return;
    }
    try {
      store.accept(minutes.revise(List.of(witness.get()), watermark));
    } catch (RuntimeException | Error e) {
      witnessFailed(key, e);
      throw e;
    }
    failuresInARow = 0;
    witnesses.add(key);
    rounds++;
    if (rounds <= (memory ? MEMORY_ROUNDS : ROUNDS)) {
      round.addAll(suspects);
      pause(PAUSE_NANOS);
    }
  }

  // The round before it tells nothing.
  private void witnessFailed(MinuteKey key, Throwable failure) {
    witnesses.add(key);
    if (rounds > 0) {
      round.addAll(suspects);
    }
    if (tells(failure, 1) && failuresInARow >= DOUBTFUL + suspects.size()) {
      hold();
    } else {
      pause(PAUSE_NANOS);
    }
  }

  private boolean isFound() {
    return rounds > (memory ? MEMORY_ROUNDS : ROUNDS);
  }

  /** Whether a failure may be the aggregates'. */
  private boolean tells(Throwable failure, int aggregates) {
    boolean tells =
        switch (failure) {
          case EngineFailedException e -> true;
          case OutOfMemoryError e -> {
            memory = true;
            // Of one alone it tells something only if nobody else has the heap.
            yield aggregates > 1 || room.getAsBoolean();
          }
          case UnavailableException e -> false;
          case CorruptException e -> false;
          case CommitWork.FencedException e -> false;
          default -> true;
        };
    if (tells) {
      blamed = true;
      failuresInARow++;
    }
    return tells;
  }
}
