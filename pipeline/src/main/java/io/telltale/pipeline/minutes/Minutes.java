package io.telltale.pipeline.minutes;

import io.telltale.kernel.Scope;
import io.telltale.lake.MinuteRow;
import io.telltale.pipeline.ScopeGate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The minute aggregates that are open, and those that late rows opened again. What is final lies in
 * the store only, until a late row asks for it; of what is set apart there is a mark, for good. Not
 * thread-safe.
 */
public final class Minutes {
  /** More are not waited for: history comes a year in an hour. */
  public static final int REOPENED_MAX = 4_096;

  private static final int APART_KNOWN_MAX = 1_000;

  // Each has all devices of its minute.
  private static final long REOPENED_BYTES_MAX = 16L << 20;

  private final MinuteStore store;
  private final FinalMinutes past;
  private final long latenessMillis;
  private final Map<MinuteKey, MinuteState> open = new HashMap<>();
  // Some that are set apart: mostly the present minute, to which more readings come.
  private final Set<MinuteKey> apart = new HashSet<>();

  public Minutes(MinuteStore store, FinalMinutes past, long latenessMillis) {
    this.store = store;
    this.past = past;
    this.latenessMillis = latenessMillis;
    store.openMinutes().forEach(state -> open.put(state.key(), state));
  }

  /** Whether {@link #add} can go on with what there is of {@code key}. */
  public boolean canAdd(MinuteKey key) {
    return open.containsKey(key)
        || !past.isPast(key)
        || store.minute(key).isPresent()
        || past.isReadable(key);
  }

  public void add(MinuteKey key, double value, int device, int partition, long offset) {
    MinuteState state = open.get(key);
    if (state == null && apart.contains(key)) {
      return;
    }
    if (state == null) {
      state = store.minute(key).or(() -> past.minute(key)).orElseGet(() -> new MinuteState(key));
      if (state.isApart()) {
        remember(key);
        return;
      }
      open.put(key, state);
    }
    state.add(value, device, partition, offset);
  }

  private void remember(MinuteKey key) {
    if (apart.size() >= APART_KNOWN_MAX) {
      apart.clear();
    }
    apart.add(key);
  }

  /**
   * Revised aggregates: the rows for the lake, and the states to store.
   *
   * @param apart of those, the ones that are set apart now
   */
  public record Revised(
      List<MinuteRow> rows,
      List<MinuteState> states,
      List<MinuteKey> forgotten,
      List<MinuteState> apart) {
    private static Revised none() {
      return new Revised(
          new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }

    public boolean isNothing() {
      return rows.isEmpty() && forgotten.isEmpty() && apart.isEmpty();
    }
  }

  /**
   * Whether there is something to revise although nothing came.
   *
   * @param provisional whether it is time for provisional revisions
   * @param isHeld of which scopes nothing is revised now
   */
  public boolean isDue(long watermarkMillis, boolean provisional, Predicate<Scope> isHeld) {
    Set<Scope> full = full();
    for (MinuteState state : open.values()) {
      boolean due = isOver(state, watermarkMillis, full) || (provisional && state.isAhead());
      if (due && !isHeld.test(state.key().scope())) {
        return true;
      }
    }
    return false;
  }

  // A final revision stays for ever. A device whose clock is an hour behind comes late with all it
  // has: its minutes are final twice, and not as often as it speaks.
  private boolean isOver(MinuteState state, long watermarkMillis, Set<Scope> full) {
    boolean isOver = state.key().endMillis() + latenessMillis <= watermarkMillis;
    return isOver
        && (!state.isReopened()
            || state.isQuiet(latenessMillis, watermarkMillis)
            || full.contains(state.key().scope()));
  }

  /** What is open again, of one scope. */
  private static final class Reopened {
    private final Scope scope;
    private int count;
    private long bytes;

    Reopened(Scope scope) {
      this.scope = scope;
    }

    double share() {
      return Math.max((double) count / REOPENED_MAX, (double) bytes / REOPENED_BYTES_MAX);
    }
  }

  /** Where more is open again than is waited for, those that have the most of it. */
  private Set<Scope> full() {
    var scopes = new HashMap<Scope, Reopened>();
    int count = 0;
    long bytes = 0;
    for (MinuteState state : open.values()) {
      if (state.isReopened()) {
        Reopened of = scopes.computeIfAbsent(state.key().scope(), Reopened::new);
        of.count++;
        of.bytes += state.bytes();
        count++;
        bytes += state.bytes();
      }
    }
    var full = new HashSet<Scope>();
    if (count > REOPENED_MAX || bytes > REOPENED_BYTES_MAX) {
      var most = new ArrayList<>(scopes.values());
      most.sort(Comparator.comparingDouble(Reopened::share).reversed());
      for (var of = most.iterator(); count > REOPENED_MAX || bytes > REOPENED_BYTES_MAX; ) {
        Reopened next = of.next();
        full.add(next.scope);
        count -= next.count;
        bytes -= next.bytes;
      }
    }
    return full;
  }

  /** Whether an aggregate waits that no question can have seen, and is not held. */
  public boolean hasNew(Predicate<Scope> isHeld) {
    for (MinuteState state : open.values()) {
      if (state.isNew() && state.isAhead() && !isHeld.test(state.key().scope())) {
        return true;
      }
    }
    return false;
  }

  /**
   * The final revision of all that is over and, if it was final before, has been quiet since; and,
   * when it is time, a provisional one of all that changed: each is a row with all its numbers, so
   * that not every commit has one.
   *
   * @param watermarkMillis no record received before then is still to come
   */
  public Revised revise(long watermarkMillis, boolean provisional, ScopeGate gate) {
    var uses = new HashMap<Scope, ScopeGate.Use>();
    Revised revised = Revised.none();
    Set<Scope> full = full();
    for (MinuteState state : open.values()) {
      boolean over = isOver(state, watermarkMillis, full);
      boolean due = over || (provisional && state.isAhead());
      if (!due && !state.isChanged()) {
        continue;
      }
      switch (uses.computeIfAbsent(state.key().scope(), gate::of)) {
        case OPEN -> {
          if (due) {
            revised.rows().addAll(state.revise(over));
          }
          revised.states().add(state);
        }
        case HELD -> {
          // Stored as it is, so that the offset may move on; its revision waits for the key.
          if (state.isChanged()) {
            revised.states().add(state);
          }
        }
        case GONE -> revised.forgotten().add(state.key());
      }
    }
    return revised;
  }

  /** Those that have something to tell and may, whether it is time or not. */
  List<MinuteKey> due(long watermarkMillis, ScopeGate gate) {
    Set<Scope> full = full();
    return open.values().stream()
        .filter(state -> isDue(state, watermarkMillis, full, gate))
        .map(MinuteState::key)
        .toList();
  }

  /** Of {@code some}, those that have something to tell and may. */
  List<MinuteState> due(List<MinuteKey> some, long watermarkMillis, ScopeGate gate) {
    Set<Scope> full = full();
    return some.stream()
        .map(open::get)
        .filter(Objects::nonNull)
        .filter(state -> isDue(state, watermarkMillis, full, gate))
        .toList();
  }

  private boolean isDue(MinuteState state, long watermarkMillis, Set<Scope> full, ScopeGate gate) {
    return (state.isAhead() || isOver(state, watermarkMillis, full))
        && gate.of(state.key().scope()) == ScopeGate.Use.OPEN;
  }

  /** One that was stored, open still or final; empty when it may not be told, or is let go of. */
  Optional<MinuteState> find(MinuteKey key, ScopeGate gate) {
    if (gate.of(key.scope()) != ScopeGate.Use.OPEN) {
      return Optional.empty();
    }
    MinuteState state = open.get(key);
    return (state == null ? store.minute(key) : Optional.of(state))
        .filter(found -> !found.isApart());
  }

  /** The next revision of some. */
  public Revised revise(List<MinuteState> some, long watermarkMillis) {
    Set<Scope> full = full();
    Revised revised = Revised.none();
    for (MinuteState state : some) {
      // What was final stays so, whatever lags meanwhile.
      boolean asFinal = state.isFinal() || isOver(state, watermarkMillis, full);
      revised.rows().addAll(state.revise(asFinal));
      revised.states().add(state);
    }
    return revised;
  }

  Revised setApart(List<MinuteKey> keys) {
    Revised revised = Revised.none();
    for (MinuteKey key : keys) {
      MinuteState state = open.get(key);
      if (state != null) {
        state.setApart();
        revised.states().add(state);
        revised.apart().add(state);
      }
    }
    return revised;
  }

  /** What was revised is stored now. */
  public void committed(Revised revised) {
    revised.forgotten().forEach(open::remove);
    for (MinuteState state : revised.states()) {
      if (state.isFinal() || state.isApart()) {
        open.remove(state.key());
      }
    }
    open.values().forEach(MinuteState::stored);
  }
}
