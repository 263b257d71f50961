package io.telltale.doors;

import io.telltale.roster.IdentityView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Every open session on every listener, by principal. The cut path: a change in the identity view
 * reaches the affected sessions on the committing thread, each closes on its own loop at once, and
 * a {@link CutReport} says how long it took. No log, ledger or database is in this path.
 */
public final class Sessions {
  private static final int REPORTS_MAX = 4_096;
  private static final long SAME_ACT_NANOS = 1_000_000_000L;

  // Each list is replaced, never changed, and in the order of coming; most have one session.
  private final ConcurrentHashMap<Integer, List<Held>> byNumber = new ConcurrentHashMap<>();
  private final List<Runnable> policyListeners = new CopyOnWriteArrayList<>();
  private final AtomicLong serials = new AtomicLong();
  private final LongSupplier nanoTime;
  private final Map<Integer, Timed> reports = new Reports();

  /**
   * Calls {@code listener} when a policy has changed. That concerns everybody on a door, so the
   * door does it on its own loops and in steps, never here on the committing thread.
   */
  void onPolicy(Runnable listener) {
    policyListeners.add(listener);
  }

  /** Follows {@code view} from now on; reports durations by {@code nanoTime}. */
  public Sessions(IdentityView view, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    view.onChange(change -> changed(change.position(), change.number()));
  }

  /**
   * To be called before the last look at the view: a change is then seen by one or the other. When
   * the principal has more than {@code max} connections, the oldest on which nothing is under way
   * gives way, or the new one when there is none.
   */
  void add(Held session, int max) {
    var surplus = new ArrayList<Held>(1);
    byNumber.compute(
        session.identity().number(),
        (number, before) -> {
          List<Held> all = together(before == null ? List.of() : before, session);
          if (all.size() <= max) {
            return all;
          }
          // It leaves the list with the one that takes its place: nobody is counted twice.
          Held gone = all.stream().filter(Held::isSpare).findFirst().orElse(session);
          surplus.add(gone);
          return without(all, gone);
        });
    surplus.forEach(Held::giveWay);
  }

  private static List<Held> together(List<Held> before, Held session) {
    var all = new ArrayList<>(before);
    all.add(session);
    return List.copyOf(all);
  }

  void remove(Held session) {
    byNumber.computeIfPresent(
        session.identity().number(), (number, sessions) -> without(sessions, session));
  }

  private static @Nullable List<Held> without(List<Held> sessions, Held session) {
    List<Held> left = sessions.stream().filter(one -> !one.equals(session)).toList();
    return left.isEmpty() ? null : left;
  }

  /** A number for the next session that comes to life; a later one is higher. */
  long nextSerial() {
    return serials.incrementAndGet();
  }

  /**
   * Ends the principal's older sessions. False when one of them is newer than {@code session}: of
   * two that come to life at the same moment each shows its serial before it looks at the other's,
   * so that one of them sees both.
   */
  boolean takeOver(Held session, long serial) {
    boolean newest = true;
    for (Held other : byNumber.getOrDefault(session.identity().number(), List.of())) {
      newest &= other.equals(session) || other.takenOver(serial);
    }
    return newest;
  }

  /** How many sessions are open. */
  public int count() {
    int count = 0;
    for (List<Held> sessions : byNumber.values()) {
      count += sessions.size();
    }
    return count;
  }

  /** How many sessions {@code number} has. */
  public int count(int number) {
    return byNumber.getOrDefault(number, List.of()).size();
  }

  /**
   * The report on the last change of {@code number}: complete once every session that had to close
   * is closed. At once and empty-handed when no change was seen.
   */
  public CompletableFuture<CutReport> lastCut(int number) {
    synchronized (reports) {
      var report = reports.get(number);
      return report != null
          ? report.report().copy()
          : CompletableFuture.completedFuture(new CutReport(number, 0, 0, 0, 0));
    }
  }

  private void changed(long position, int number) {
    if (number == 0) {
      policyListeners.forEach(Runnable::run);
      return;
    }
    long started = nanoTime.getAsLong();
    var closing = new ArrayList<CompletableFuture<Boolean>>();
    for (Held session : byNumber.getOrDefault(number, List.of())) {
      closing.add(session.refresh());
    }
    CompletableFuture<CutReport> report =
        closed(closing)
            .thenApply(
                cut ->
                    new CutReport(
                        number, position, closing.size(), cut, nanoTime.getAsLong() - started));
    synchronized (reports) {
      // One act may be several feed entries: the state first, then each credential.
      var before = reports.get(number);
      var whole =
          before != null && started - before.nanos() < SAME_ACT_NANOS
              ? before.report().thenCombine(report, CutReport::and)
              : report;
      reports.put(number, new Timed(started, whole));
    }
  }

  /** A report and when its change was seen. */
  private record Timed(long nanos, CompletableFuture<CutReport> report) {}

  private static CompletableFuture<Integer> closed(List<CompletableFuture<Boolean>> closing) {
    return CompletableFuture.allOf(closing.toArray(CompletableFuture[]::new))
        .thenApply(ignored -> (int) closing.stream().filter(CompletableFuture::join).count());
  }

  private static final class Reports extends LinkedHashMap<Integer, Timed> {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<Integer, Timed> eldest) {
      return size() > REPORTS_MAX;
    }
  }
}
