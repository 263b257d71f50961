package io.telltale.pipeline.minutes;

import io.telltale.kernel.Scope;
import io.telltale.lake.MinuteRow;
import io.telltale.pipeline.ScopeGate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Finds the minute aggregates that cannot be stored, so that each is set apart by itself and all
 * others go on: first the scopes that have one, a few commits long, then in each of those the
 * aggregates, while all other scopes go on. It outlives the workers, whose state each failure
 * undoes. Not thread-safe.
 */
public final class MinuteSearch {
  private final RandomGenerator random;
  private final MinuteEvidence evidence;
  private final Map<Scope, ScopeSearch> searches = new LinkedHashMap<>();
  private boolean sorting;
  private @Nullable ArrayDeque<Scope> unsorted;
  private final Set<Scope> cleared = new HashSet<>();
  private int max;

  /**
   * @param room whether the heap has the room that one aggregate must do with
   * @param random for the order in which they are tried
   */
  public MinuteSearch(BooleanSupplier room, RandomGenerator random, LongSupplier nanoTime) {
    this.random = random;
    this.evidence = new MinuteEvidence(room, nanoTime);
  }

  /**
   * What there is to try, and how.
   *
   * @param store commits what is revised
   */
  public record Turn(
      Minutes minutes, long watermarkMillis, ScopeGate gate, Consumer<Minutes.Revised> store) {
    List<MinuteKey> due(Predicate<Scope> which) {
      return minutes.due(watermarkMillis, gate).stream()
          .filter(key -> which.test(key.scope()))
          .toList();
    }

    List<MinuteState> due(List<MinuteKey> some) {
      return minutes.due(some, watermarkMillis, gate);
    }

    Optional<MinuteState> find(MinuteKey key) {
      return minutes.find(key, gate);
    }

    void revise(List<MinuteState> some) {
      store.accept(minutes.revise(some, watermarkMillis));
    }

    void setApart(List<MinuteKey> keys) {
      List<MinuteKey> open =
          keys.stream().filter(key -> gate.of(key.scope()) == ScopeGate.Use.OPEN).toList();
      if (!open.isEmpty()) {
        store.accept(minutes.setApart(open));
      }
    }
  }

  /** Aggregates failed that nobody suspected: all scopes that are not searched are tried. */
  public void begin() {
    sorting = true;
    unsorted = null;
    cleared.clear();
    max = Integer.MAX_VALUE;
  }

  /** Aggregates went through that are not held. */
  public void passed(List<MinuteRow> rows) {
    if (isOn() && !rows.isEmpty()) {
      evidence.passed(List.of(FinalMinutes.keyOf(rows.getLast())));
    }
  }

  /** Whether records are to be stored without the aggregates of {@code scope}. */
  public boolean holds(Scope scope) {
    return searches.containsKey(scope) || (sorting && !cleared.contains(scope));
  }

  /** Whether any aggregates are to wait. */
  public boolean isOn() {
    return sorting || !searches.isEmpty();
  }

  /** Whether all that wait do so because nothing goes through. */
  public boolean isHeld() {
    return !sorting && isOn() && searches.values().stream().allMatch(ScopeSearch::isHeld);
  }

  /** Whether the last failure has told something about some aggregates. To be asked once. */
  public boolean takeBlamed() {
    return evidence.takeBlamed();
  }

  /**
   * Tries some aggregates, or sets apart those that are found; nothing else may wait to be stored.
   * Whether there may be more to do at once.
   */
  public boolean step(Turn turn) {
    if (evidence.isPause()) {
      return false;
    }
    if (sorting) {
      sort(turn);
      return true;
    }
    Optional<Map.Entry<Scope, ScopeSearch>> next =
        searches.entrySet().stream().filter(one -> !one.getValue().isPause()).findFirst();
    if (next.isEmpty()) {
      return false;
    }
    Scope scope = next.get().getKey();
    ScopeSearch search = next.get().getValue();
    // Behind the others, however this ends.
    searches.remove(scope);
    searches.put(scope, search);
    search.step(turn);
    if (search.isOver()) {
      searches.remove(scope);
    }
    return true;
  }

  private void sort(Turn turn) {
    ArrayDeque<Scope> all = unsorted;
    if (all == null) {
      var scopes = new ArrayList<>(new HashSet<>(scopes(turn)));
      Collections.shuffle(scopes, random);
      unsorted = new ArrayDeque<>(scopes);
    } else if (all.isEmpty()) {
      sorting = false;
    } else {
      tryScopes(all, turn);
    }
  }

  private List<Scope> scopes(Turn turn) {
    return turn.due(scope -> !searches.containsKey(scope)).stream().map(MinuteKey::scope).toList();
  }

  private void tryScopes(ArrayDeque<Scope> all, Turn turn) {
    List<Scope> some = all.stream().limit(max).toList();
    List<MinuteState> due = turn.due(turn.due(some::contains));
    if (!due.isEmpty()) {
      try {
        turn.revise(due);
      } catch (RuntimeException | Error e) {
        if (evidence.tells(e, due.size())) {
          scopesFailed(all, some);
        }
        throw e;
      }
      evidence.passed(due.stream().map(MinuteState::key).toList());
    }
    some.forEach(scope -> all.remove());
    cleared.addAll(some);
    max = (int) Math.min(Integer.MAX_VALUE, max * 2L);
  }

  private void scopesFailed(ArrayDeque<Scope> all, List<Scope> some) {
    evidence.failed();
    max = Math.max(1, some.size() / 2);
    if (some.size() == 1) {
      Scope scope = all.remove();
      searches.put(scope, new ScopeSearch(scope, evidence, random));
    }
  }
}
