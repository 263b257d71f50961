package io.telltale.doors;

import io.telltale.roster.IdentityView;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
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
  private static final System.Logger LOG = System.getLogger(Sessions.class.getName());
  private static final int REPORTS_MAX = 4_096;
  private static final int REPORTS_EACH_MAX = 4;
  // The number of a change that concerns policy.
  private static final int EVERYBODY = 0;

  // Each list is replaced, never changed, and in the order of coming; most have one session.
  private final ConcurrentHashMap<Integer, List<LiveSession>> byNumber = new ConcurrentHashMap<>();
  private final List<Runnable> policyListeners = new CopyOnWriteArrayList<>();
  private final AtomicLong serials = new AtomicLong();
  private final LongSupplier nanoTime;
  private final LinkedHashMap<Integer, ArrayDeque<Reported>> reports = new LinkedHashMap<>();
  // Reports up to the first position may be missing; nothing is known beyond the second.
  private long forgotten;
  private long seen;

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
    this.forgotten = view.position();
    this.seen = forgotten;
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
   * complete once every session that had to close is closed, and at once where there was none.
   * Empty when the entry was not seen, or so many acts with sessions came after it that it is not
   * kept.
   */
  public Optional<CompletableFuture<CutReport>> cut(int number, long position) {
    synchronized (reports) {
      Optional<CompletableFuture<CutReport>> kept =
          reports.getOrDefault(number, new ArrayDeque<>()).stream()
              .filter(one -> one.first() <= position && position <= one.last())
              .findFirst()
              .map(one -> one.report().copy());
      if (kept.isPresent() || position <= forgotten || position > seen) {
        return kept;
      }
    }
    return Optional.of(CompletableFuture.completedFuture(new CutReport(number, position, 0, 0, 0)));
  }

  // One act may be several feed entries of the same principal: the state, then each credential.
  private void changed(List<IdentityView.Change> act) {
    long started = nanoTime.getAsLong();
    var spans = new LinkedHashMap<Integer, Span>();
    for (IdentityView.Change change : act) {
      var one = new Span(change.position(), change.position());
      spans.merge(change.number(), one, Span::until);
    }
    boolean policy = spans.remove(EVERYBODY) != null;
    // One that fails keeps no other from being cut.
    spans.forEach(
        (number, span) -> {
          if (!guarded(() -> refresh(number, span, started))) {
            forget(span.last());
          }
        });
    synchronized (reports) {
      act.forEach(change -> seen = Math.max(seen, change.position()));
    }
    if (policy) {
      policyListeners.forEach(
          listener -> {
            var _ = guarded(listener);
          });
    }
  }

  /** Whether it went through. */
  private static boolean guarded(Runnable act) {
    try {
      act.run();
      return true;
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "sessions.refresh-failed", e);
      return false;
    }
  }

  private void refresh(int number, Span span, long started) {
    var closing = new ArrayList<CompletableFuture<Boolean>>();
    for (LiveSession session : byNumber.getOrDefault(number, List.of())) {
      closing.add(refreshed(session));
    }
    CompletableFuture<CutReport> report =
        closed(closing)
            .thenApply(
                cut ->
                    new CutReport(
                        number, span.last(), closing.size(), cut, nanoTime.getAsLong() - started));
    // An import of many names of whom nobody is here would push out what somebody waits for.
    if (!closing.isEmpty()) {
      keep(number, new Reported(span.first(), span.last(), report));
    }
  }

  private void keep(int number, Reported latest) {
    synchronized (reports) {
      // Put anew, so that who changed last is forgotten last.
      ArrayDeque<Reported> before = reports.remove(number);
      ArrayDeque<Reported> kept = before == null ? new ArrayDeque<>(1) : before;
      kept.add(latest);
      if (kept.size() > REPORTS_EACH_MAX) {
        forget(kept.remove().last());
      }
      reports.put(number, kept);
      if (reports.size() > REPORTS_MAX) {
        ArrayDeque<Reported> eldest = reports.pollFirstEntry().getValue();
        forget(eldest.getLast().last());
      }
    }
  }

  // Nothing is said any more of acts up to there.
  private void forget(long position) {
    synchronized (reports) {
      forgotten = Math.max(forgotten, position);
    }
  }

  private static CompletableFuture<Boolean> refreshed(LiveSession session) {
    try {
      return session.refresh();
    } catch (RuntimeException e) {
      // Of whom nothing can be said any more: it may come again and be judged anew.
      LOG.log(System.Logger.Level.ERROR, "sessions.refresh-failed", e);
      session.giveWay();
      return CompletableFuture.completedFuture(true);
    }
  }

  /** Feed entries of one principal in one act, both ends included. */
  private record Span(long first, long last) {
    Span until(Span later) {
      return new Span(first, later.last());
    }
  }

  private record Reported(long first, long last, CompletableFuture<CutReport> report) {}

  private static CompletableFuture<Integer> closed(List<CompletableFuture<Boolean>> closing) {
    return CompletableFuture.allOf(closing.toArray(CompletableFuture[]::new))
        .thenApply(ignored -> (int) closing.stream().filter(CompletableFuture::join).count());
  }
}
