package io.telltale.lake.table;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Event;
import io.telltale.lake.TableHistory;
import io.telltale.lake.TablePointer;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Holds the tables' pointers against what the ledger was told of them: an older database that was
 * copied back would otherwise be an older truth that nobody notices.
 */
public final class PointerGuard {
  static final String MOVED = "table.moved";

  // A table that moves while it is looked at is looked at again.
  private static final int LOOKS_MAX = 20;

  private final TableStore tables;
  private final TableHistory history;

  public PointerGuard(TableStore tables, TableHistory history) {
    this.tables = tables;
    this.history = history;
  }

  static String subject(String table) {
    return "table/" + table;
  }

  static long version(Event move) {
    return Long.parseLong(move.details().getOrDefault("version", "0"));
  }

  /** Where both tables stand; throws {@link CorruptException} unless the ledger says the same. */
  public List<TablePointer> check() {
    for (int look = 1; look < LOOKS_MAX; look++) {
      List<TablePointer> pointers = pointers();
      if (holds(pointers)) {
        return pointers;
      }
    }
    throw explained(pointers());
  }

  private List<TablePointer> pointers() {
    return Stream.of(Tables.READINGS, Tables.MINUTES)
        .map(tables::pointer)
        .flatMap(Optional::stream)
        .toList();
  }

  /** Whether each table's last move leads to where it stands. */
  public boolean holds(Collection<TablePointer> pointers) {
    return Stream.of(Tables.READINGS, Tables.MINUTES)
        .allMatch(table -> holds(table, of(table, pointers)));
  }

  public boolean holds(String table, Optional<TablePointer> at) {
    return hash(history.lastMove(table)).equals(at.map(pointer -> pointer.hash().hex()));
  }

  private static Optional<TablePointer> of(String table, Collection<TablePointer> pointers) {
    return pointers.stream().filter(at -> at.table().equals(table)).findFirst();
  }

  private static Optional<String> hash(Optional<Event> move) {
    return move.map(event -> event.details().getOrDefault("new", ""));
  }

  public CorruptException explained(Collection<TablePointer> pointers) {
    for (String table : List.of(Tables.READINGS, Tables.MINUTES)) {
      Optional<Event> move = history.lastMove(table);
      Optional<TablePointer> at = of(table, pointers);
      if (!holds(table, at)) {
        return notOfOneMoment(
            table,
            at.map(TablePointer::version).orElse(0L),
            move.map(PointerGuard::version).orElse(0L));
      }
    }
    return new CorruptException("the lake's tables move faster than they can be looked at");
  }

  private static CorruptException notOfOneMoment(String table, long stands, long recorded) {
    String why =
        "it stands at version %d, but its last recorded move was to version %d"
            .formatted(stands, recorded);
    if (stands <= recorded) {
      return rolledBack(table, why);
    }
    return new CorruptException(
        "the lake's table %s is not where the ledger last saw it: %s. The ledger is the older one,"
                .formatted(table, why)
            + " unless somebody put another lake/pipeline.db in place. Put the newest copy of the"
            + " folder ledger back, or restore the whole data folder of one moment");
  }

  static CorruptException rolledBack(String table, String why) {
    return new CorruptException(
        "the lake's table %s is not where the ledger last saw it: %s. Somebody put an older or"
                .formatted(table, why)
            + " another lake/pipeline.db in place, or changed it. Put the newest one back together"
            + " with lake/objects, or restore the whole data folder of one moment");
  }
}
