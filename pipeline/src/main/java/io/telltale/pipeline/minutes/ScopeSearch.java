package io.telltale.pipeline.minutes;

import io.telltale.kernel.Scope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Finds the aggregates of one scope that cannot be stored. Those that are due when it begins are
 * tried once, fewer at once after each failure, until one is left. Then those that failed alone are
 * tried again, in rounds with pauses between, before and after each of which one must go through
 * that went through before, of whichever scope: what fails in every such round, and that only, is
 * to blame itself. Not thread-safe.
 */
final class ScopeSearch {
  /** In so many rounds each must fail. */
  private static final int ROUNDS = 3;

  /** The heap may be full of others' things. */
  private static final int MEMORY_ROUNDS = 6;

  /** Of so many at once; those behind them are another search's. */
  private static final int SUSPECTS_MAX = 32;

  /** When so many witnesses in a row fail, it is not the aggregates. */
  private static final int WITNESSES_FAILED_MAX = 8;

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long HELD_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final Scope scope;
  private final MinuteEvidence evidence;
  private final RandomGenerator random;
  private @Nullable ArrayDeque<MinuteKey> left;
  private final List<MinuteKey> suspects = new ArrayList<>();
  // Of the suspects, those whose turn is still to come in this round.
  private final ArrayDeque<MinuteKey> round = new ArrayDeque<>();
  private long waitsSinceNanos;
  private long waitsNanos;
  private boolean held;
  // It waits for want of a witness.
  private boolean lonely;
  private boolean over;
  private int max = Integer.MAX_VALUE;
  // One more than those in which all suspects have failed; 0 before the first.
  private int rounds;
  private int witnessesFailed;
  private boolean memory;

  ScopeSearch(Scope scope, MinuteEvidence evidence, RandomGenerator random) {
    this.scope = scope;
    this.evidence = evidence;
    this.random = random;
  }

  /** Whether all are tried that are to blame. */
  boolean isOver() {
    return over;
  }

  /** Whether it waits, since nothing goes through; then it begins again. */
  boolean isHeld() {
    return held;
  }

  boolean isPause() {
    boolean isNoMore = lonely && evidence.hasWitness();
    return !isNoMore && evidence.nanoTime() - waitsSinceNanos < waitsNanos;
  }

  private void pause(long nanos) {
    waitsSinceNanos = evidence.nanoTime();
    waitsNanos = nanos;
  }

  private void hold() {
    held = true;
    left = null;
    suspects.clear();
    round.clear();
    max = Integer.MAX_VALUE;
    rounds = 0;
    witnessesFailed = 0;
    memory = false;
    pause(HELD_NANOS);
  }

  /** The next try, or what follows from those before. */
  void step(MinuteSearch.Turn turn) {
    ArrayDeque<MinuteKey> untried = left;
    held = false;
    lonely = false;
    if (untried == null) {
      var due = new ArrayList<>(turn.due(scope::equals));
      // One series may be to blame with all its minutes: others go through between them.
      Collections.shuffle(due, random);
      left = new ArrayDeque<>(due);
    } else if (rounds == 0 && !untried.isEmpty() && suspects.size() < SUSPECTS_MAX) {
      tryNext(untried, turn);
    } else if (suspects.isEmpty()) {
      over = true;
    } else if (isFound()) {
      turn.setApart(suspects);
      over = true;
    } else if (!round.isEmpty()) {
      trySuspect(turn);
    } else {
      tryWitness(turn);
    }
  }

  private void tryNext(ArrayDeque<MinuteKey> untried, MinuteSearch.Turn turn) {
    List<MinuteKey> some = untried.stream().limit(max).toList();
    List<MinuteState> due = turn.due(some);
    if (!due.isEmpty()) {
      try {
        turn.revise(due);
      } catch (RuntimeException | Error e) {
        if (tells(e, due.size())) {
          failed(untried, some);
        }
        throw e;
      }
      evidence.passed(due.stream().map(MinuteState::key).toList());
    }
    some.forEach(key -> untried.remove());
    max = (int) Math.min(Integer.MAX_VALUE, max * 2L);
  }

  private void failed(ArrayDeque<MinuteKey> untried, List<MinuteKey> some) {
    evidence.failed();
    max = Math.max(1, some.size() / 2);
    if (some.size() == 1) {
      suspects.add(untried.remove());
    }
  }

  private boolean tells(Throwable failure, int aggregates) {
    memory |= failure instanceof OutOfMemoryError;
    return evidence.tells(failure, aggregates);
  }

  private void trySuspect(MinuteSearch.Turn turn) {
    MinuteKey key = round.element();
    List<MinuteState> due = turn.due(List.of(key));
    if (!due.isEmpty()) {
      try {
        turn.revise(due);
      } catch (RuntimeException | Error e) {
        if (tells(e, 1)) {
          round.remove();
        }
        throw e;
      }
      evidence.passed(List.of(key));
    }
    // What is not due any more will fail again if it is to blame.
    round.remove();
    suspects.remove(key);
  }

  /** Before the first round and after each: whether it is not the lake that fails. */
  private void tryWitness(MinuteSearch.Turn turn) {
    MinuteKey key = evidence.nextWitness();
    if (key == null) {
      hold();
      lonely = true;
      return;
    }
    Optional<MinuteState> witness = turn.find(key);
    if (witness.isEmpty()) {
      return;
    }
    try {
      turn.revise(List.of(witness.get()));
    } catch (RuntimeException | Error e) {
      witnessFailed(key, e);
      throw e;
    }
    evidence.passed(List.of(key));
    witnessesFailed = 0;
    rounds++;
    if (!isFound()) {
      round.addAll(suspects);
      pause(PAUSE_NANOS);
    }
  }

  // The round before it tells nothing.
  private void witnessFailed(MinuteKey key, Throwable failure) {
    evidence.keep(key);
    if (rounds > 0) {
      round.addAll(suspects);
    }
    if (tells(failure, 1) && ++witnessesFailed >= WITNESSES_FAILED_MAX) {
      hold();
    } else {
      pause(PAUSE_NANOS);
    }
  }

  private boolean isFound() {
    return rounds > (memory ? MEMORY_ROUNDS : ROUNDS);
  }
}
