package io.telltale.db;

import io.telltale.kernel.Bytes;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rows that the work under way has touched, as the database itself reports them: no statement
 * of any store can forget to. On the writer's thread only.
 */
final class TouchedRows {
  private final Map<Place, Touched> rows = new LinkedHashMap<>();

  private record Place(int table, Bytes key) {}

  /** A row: what it was when the work began and what it is now, each absent if it was not there. */
  static final class Touched {
    final int table;
    final RowKey key;
    final @Nullable Bytes before;
    @Nullable Bytes now;

    private Touched(int table, RowKey key, @Nullable Bytes before) {
      this.table = table;
      this.key = key;
      this.before = before;
    }
  }

  /** A row that is there and has no seal yet. */
  static Touched found(int table, RowKey key, Bytes columns) {
    var row = new Touched(table, key, null);
    row.now = columns;
    return row;
  }

  Collection<Touched> rows() {
    return rows.values();
  }

  void clear() {
    rows.clear();
  }

  void touch(SealedTable table, RowKey key, List<@Nullable Object> values, boolean old) {
    Bytes columns = SealedValues.array(values);
    Touched row =
        rows.computeIfAbsent(
            new Place(table.number(), key.encoded()),
            _ -> new Touched(table.number(), key, old ? columns : null));
    row.now = old ? null : columns;
  }
}
