package io.telltale.lake.table;

import io.telltale.kernel.Event;
import io.telltale.kernel.EventHistory;
import io.telltale.kernel.Outbox;
import io.telltale.lake.TableHistory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Moves in the ledger, and behind them those that it has yet to take. */
public final class RecordedMoves implements TableHistory {
  private static final int PAGE = 256;

  private final EventHistory history;
  private final Outbox outbox;

  public RecordedMoves(EventHistory history, Outbox outbox) {
    this.history = history;
    this.outbox = outbox;
  }

  // What waits is read first: what the ledger takes meanwhile is then seen twice, not missed.
  @Override
  public Optional<Event> lastMove(String table) {
    List<Event> waiting = waiting(PointerGuard.subject(table));
    Optional<Event> last = history.newest(PointerGuard.MOVED, PointerGuard.subject(table));
    for (Event move : waiting) {
      long known = last.map(PointerGuard::version).orElse(0L);
      if (PointerGuard.version(move) > known) {
        requireNext(table, last, move);
        last = Optional.of(move);
      }
    }
    return last;
  }

  private static void requireNext(String table, Optional<Event> last, Event move) {
    String before = last.map(event -> event.details().getOrDefault("new", "")).orElse("none");
    if (!before.equals(move.details().get("old"))) {
      throw PointerGuard.rolledBack(
          table, "a move that waits for the ledger does not follow on the ledger's last one");
    }
  }

  private List<Event> waiting(String subject) {
    var moves = new ArrayList<Event>();
    long after = 0;
    List<Outbox.Numbered> page = outbox.after(after, PAGE);
    while (!page.isEmpty()) {
      page.stream()
          .map(Outbox.Numbered::event)
          .filter(event -> event.type().equals(PointerGuard.MOVED))
          .filter(event -> event.subject().equals(subject))
          .forEach(moves::add);
      after = page.getLast().number();
      page = outbox.after(after, PAGE);
    }
    return moves;
  }
}
