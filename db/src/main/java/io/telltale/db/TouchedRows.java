package io.telltale.db;

import io.telltale.kernel.Bytes;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sqlite.Function;

/**
 * The rows that the work under way has touched, as SQLite itself reports them: no statement of any
 * store can forget to. On the writer's thread only.
 */
final class TouchedRows {
  private static final int SQLITE_INTEGER = 1;
  private static final int SQLITE_FLOAT = 2;
  private static final int SQLITE_TEXT = 3;
  private static final int SQLITE_BLOB = 4;

  private final Map<Place, Touched> rows = new LinkedHashMap<>();

  private record Place(int table, Bytes key) {}

  /** A row: what it was when the work began and what it is now, each absent if it was not there. */
  static final class Touched {
    final int table;
    final Object key;
    final Bytes encodedKey;
    final @Nullable Bytes before;
    @Nullable Bytes now;

    private Touched(int table, Object key, Bytes encodedKey, @Nullable Bytes before) {
      this.table = table;
      this.key = key;
      this.encodedKey = encodedKey;
      this.before = before;
    }
  }

  /** A row that is there and has no seal yet. */
  static Touched found(int table, Object key, Bytes columns) {
    var row = new Touched(table, key, SealedValues.one(key), null);
    row.now = columns;
    return row;
  }

  Collection<Touched> rows() {
    return rows.values();
  }

  void clear() {
    rows.clear();
  }

  /** Gives the connection the functions that the triggers call. */
  void install(Connection connection) throws SQLException {
    Function.create(connection, "seal_old", new Report(true));
    Function.create(connection, "seal_new", new Report(false));
  }

  static void installKey(Connection connection) throws SQLException {
    Function.create(connection, "seal_key", new Key());
  }

  private void touch(int table, Object key, Bytes columns, boolean old) {
    Bytes encodedKey = SealedValues.one(key);
    Touched row =
        rows.computeIfAbsent(
            new Place(table, encodedKey),
            _ -> new Touched(table, key, encodedKey, old ? columns : null));
    row.now = old ? null : columns;
  }

  /** A function that reads its values as SQLite has them. */
  private abstract static class Reading extends Function {
    final @Nullable Object value(int index) throws SQLException {
      return switch (value_type(index)) {
        case SQLITE_INTEGER -> value_long(index);
        case SQLITE_FLOAT -> value_double(index);
        case SQLITE_TEXT -> value_text(index);
        case SQLITE_BLOB -> blob(value_blob(index));
        default -> null;
      };
    }

    private static byte[] blob(byte @Nullable [] value) {
      return value == null ? new byte[0] : value;
    }

    final List<@Nullable Object> values(int from) throws SQLException {
      var values = new ArrayList<@Nullable Object>(args() - from);
      for (int i = from; i < args(); i++) {
        values.add(value(i));
      }
      return values;
    }
  }

  /** Takes (table, key, columns …). */
  private final class Report extends Reading {
    private final boolean old;

    Report(boolean old) {
      this.old = old;
    }

    @Override
    protected void xFunc() throws SQLException {
      Object key = value(1);
      if (key == null) {
        error("a row without a key");
        return;
      }
      touch(value_int(0), key, SealedValues.array(values(2)), old);
      result();
    }
  }

  /** Makes one key of several columns. */
  private static final class Key extends Reading {
    @Override
    protected void xFunc() throws SQLException {
      result(SealedValues.array(values(0)).borrow());
    }
  }
}
