package io.telltale.pipeline;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.EngineFailedException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Finds the minute aggregates that cannot be stored, so that each is set apart by itself and all
 * others go on: they are tried in order, without records, fewer at once after each failure, until
 * one is left. None is judged unless another went through meanwhile. It outlives the workers, whose
 * state each failure undoes. Not thread-safe.
 */
final class MinuteSearch {
  private static final Comparator<MinuteState> ORDER =
      Comparator.comparing(state -> state.key().text());

  /** When so many in a row cannot be stored and none can, the aggregates may not be to blame. */
  private static final int DOUBTFUL = 8;

  private static final long HELD_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final BooleanSupplier room;
  private final List<MinuteKey> failed = new ArrayList<>();
  private boolean on;
  private boolean held;
  private long heldSinceNanos;
  // All up to here were tried.
  private String after = "";
  private int max;
  private int tries;
  private boolean anyPassed;
  private boolean blamed;

  /**
   * @param room whether the heap has the room that one aggregate must do with
   */
  MinuteSearch(BooleanSupplier room) {
    this.room = room;
  }

  void begin() {
    on = true;
    held = false;
    after = "";
    max = Integer.MAX_VALUE;
    tries = 0;
    anyPassed = false;
    failed.clear();
  }

  /** Whether records are to be stored without any aggregate. */
  boolean holds() {
    if (held && System.nanoTime() - heldSinceNanos > HELD_NANOS) {
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
    boolean was = blamed;
    blamed = false;
    return was;
  }

  private void hold() {
    on = false;
    held = true;
    heldSinceNanos = System.nanoTime();
    failed.clear();
  }

  /**
   * Tries some aggregates, or sets apart those that are found; nothing else may wait to be stored.
   *
   * @param store commits what is revised
   */
  void step(Minutes minutes, long watermark, ScopeGate gate, Consumer<Minutes.Revised> store) {
    List<MinuteState> some =
        minutes.due(watermark, gate).stream()
            .filter(state -> state.key().text().compareTo(after) > 0)
            .sorted(ORDER)
            .limit(max)
            .toList();
    if (some.isEmpty()) {
      end(minutes, store);
      return;
    }
    try {
      store.accept(minutes.revise(some, watermark));
    } catch (EngineFailedException e) {
      failed(some, Isolation.TRIES);
      throw e;
    } catch (OutOfMemoryError e) {
      // Of one alone it tells something only if nobody else has the heap.
      if (some.size() > 1 || room.getAsBoolean()) {
        failed(some, Isolation.MEMORY_TRIES);
        blamed = some.size() > 1;
      }
      throw e;
    } catch (UnavailableException | CorruptException | CommitWork.FencedException e) {
      throw e;
    } catch (RuntimeException | Error e) {
      failed(some, Isolation.TRIES);
      throw e;
    }
    anyPassed = true;
    tries = 0;
    after = some.getLast().key().text();
    max = (int) Math.min(Integer.MAX_VALUE, max * 2L);
  }

  private void failed(List<MinuteState> some, int triesMax) {
    blamed = true;
    if (some.size() > 1) {
      max = some.size() / 2;
      return;
    }
    max = 1;
    tries++;
    if (tries < triesMax) {
      return;
    }
    failed.add(some.getFirst().key());
    after = some.getFirst().key().text();
    tries = 0;
    if (!anyPassed && failed.size() >= DOUBTFUL) {
      hold();
    }
  }

  private void end(Minutes minutes, Consumer<Minutes.Revised> store) {
    var found = List.copyOf(failed);
    if (found.isEmpty()) {
      on = false;
      return;
    }
    hold();
    if (anyPassed) {
      store.accept(minutes.setApart(found));
      held = false;
    }
  }
}
