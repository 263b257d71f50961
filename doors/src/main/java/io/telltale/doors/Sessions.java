package io.telltale.doors;

import io.telltale.doors.session.LiveSession;
import io.telltale.roster.IdentityView;
import java.util.ArrayDeque;
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
  private static final int REPORTS_EACH_MAX = 4;
  // The number of a change that concerns policy.
  private static final int EVERYBODY = 0;

  // Each list is replaced, never changed, and in the order of coming; most have one session.
  private final ConcurrentHashMap<Integer, List<LiveSession>> byNumber = new ConcurrentHashMap<>();
  private final List<Runnable> policyListeners = new CopyOnWriteArrayList<>();
  private final AtomicLong serials = new AtomicLong();
  private final LongSupplier nanoTime;
  private final Map<Integer, ArrayDeque<Reported>> reports = new Reports();

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
    view.onChange(this::changed);
  }

  /**
   * To be called before the last look at the view: a change is then seen by one or the other. When
   * the principal has more than {@code max} connections, the oldest on which nothing is under way
   * gives way, or the new one when there is none.
   */
  void add(LiveSession session, int max) {
    var surplus = new ArrayList<LiveSession>(1);
    byNumber.compute(
        session.identity().number(),
        (number, before) -> {
          List<LiveSession> all = together(before == null ? List.of() : before, session);
          if (all.size() <= max) {
            return all;
          }
          // It leaves the list with the one that takes its place: nobody is counted twice.
          LiveSession gone = all.stream().filter(LiveSession::isSpare).findFirst().orElse(session);
          surplus.add(gone);
          return without(all, gone);
        });
    surplus.forEach(LiveSession::giveWay);
  }

  private static List<LiveSession> together(List<LiveSession> before, LiveSession session) {
    var all = new ArrayList<>(before);
    all.add(session);
    return List.copyOf(all);
  }

  public void remove(LiveSession session) {
    byNumber.computeIfPresent(
        session.identity().number(), (number, sessions) -> without(sessions, session));
  }

  private static @Nullable List<LiveSession> without(
      List<LiveSession> sessions, LiveSession session) {
    List<LiveSession> left = sessions.stream().filter(one -> !one.equals(session)).toList();
    return left.isEmpty() ? null : left;
  }

  /** A number for the next session that comes to life; a later one is higher. */
  public long nextSerial() {
    return serials.incrementAndGet();
  }

  /**
   * Ends the principal's older sessions. False when one of them is newer than {@code session}: of
   * two that come to life at the same moment each shows its serial before it looks at the other's,
   * so that one of them sees both.
   */
  public boolean takeOver(LiveSession session, long serial) {
    boolean newest = true;
    for (LiveSession other : byNumber.getOrDefault(session.identity().number(), List.of())) {
      newest &= other.equals(session) || other.takenOver(serial);
    }
    return newest;
  }

  /** How many sessions are open. */
  public int count() {
    int count = 0;
    for (List<LiveSession> sessions : byNumber.values()) {
      count += sessions.size();
    }
    return count;
  }

  /** How many sessions {@code number} has. */
  public int count(int number) {
    return byNumber.getOrDefault(number, List.of()).size();
  }

  /**
   * The report on the act of {@code number} that the feed entry {@code position} belongs to:
   * complete once every session that had to close is closed. At once and empty-handed when no such
   * act was seen, or so many came after it that it is not kept.
   */
  public CompletableFuture<CutReport> cut(int number, long position) {
    synchronized (reports) {
      return reports.getOrDefault(number, new ArrayDeque<>()).stream()
          .filter(one -> one.position() >= position)
          .findFirst()
          .map(one -> one.report().copy())
          .orElseGet(
              () -> CompletableFuture.completedFuture(new CutReport(number, position, 0, 0, 0)));
    }
  }

  // One act may be several feed entries of the same principal: the state, then each credential.
  private void changed(List<IdentityView.Change> act) {
    long started = nanoTime.getAsLong();
    var last = new LinkedHashMap<Integer, Long>();
    act.forEach(change -> last.put(change.number(), change.position()));
    if (last.remove(EVERYBODY) != null) {
      policyListeners.forEach(Runnable::run);
    }
    last.forEach((number, position) -> refresh(number, position, started));
  }

  private void refresh(int number, long position, long started) {
    var closing = new ArrayList<CompletableFuture<Boolean>>();
    for (LiveSession session : byNumber.getOrDefault(number, List.of())) {
      closing.add(session.refresh());
    }
    CompletableFuture<CutReport> report =
        closed(closing)
            .thenApply(
                cut ->
                    new CutReport(
                        number, position, closing.size(), cut, nanoTime.getAsLong() - started));
    synchronized (reports) {
      var kept = reports.computeIfAbsent(number, _ -> new ArrayDeque<>(1));
      kept.add(new Reported(position, report));
      if (kept.size() > REPORTS_EACH_MAX) {
        kept.remove();
      }
    }
  }

  /** A report, and the last feed entry of its act. */
  private record Reported(long position, CompletableFuture<CutReport> report) {}

  private static CompletableFuture<Integer> closed(List<CompletableFuture<Boolean>> closing) {
    return CompletableFuture.allOf(closing.toArray(CompletableFuture[]::new))
        .thenApply(ignored -> (int) closing.stream().filter(CompletableFuture::join).count());
  }

  private static final class Reports extends LinkedHashMap<Integer, ArrayDeque<Reported>> {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<Integer, ArrayDeque<Reported>> eldest) {
      return size() > REPORTS_MAX;
    }
  }
}
