package io.telltale.dbsqlite;

import io.telltale.db.RowDriver;
import io.telltale.db.RowKey;
import io.telltale.db.SealedTable;
import io.telltale.db.SealedValues;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sqlite.Function;

/**
 * The functions by which SQLite itself reports the rows that are touched: no statement of any store
 * can forget to.
 */
final class TouchFunctions {
  private static final int SQLITE_INTEGER = 1;
  private static final int SQLITE_FLOAT = 2;
  private static final int SQLITE_TEXT = 3;
  private static final int SQLITE_BLOB = 4;

  private TouchFunctions() {}

  /** Gives the connection the functions that the triggers call. */
  static void install(Connection connection, List<SealedTable> tables, RowDriver.Report report)
      throws SQLException {
    Map<Integer, SealedTable> byNumber = new HashMap<>();
    tables.forEach(table -> byNumber.put(table.number(), table));
    Function.create(connection, "seal_old", new Reporting(byNumber, report, true));
    Function.create(connection, "seal_new", new Reporting(byNumber, report, false));
  }

  static void installKey(Connection connection) throws SQLException {
    Function.create(connection, "seal_key", new Key());
  }

  /** A function that reads its values as SQLite has them. */
  private abstract static class ValueFunction extends Function {
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
  private static final class Reporting extends ValueFunction {
    private final Map<Integer, SealedTable> tables;
    private final RowDriver.Report report;
    private final boolean old;

    Reporting(Map<Integer, SealedTable> tables, RowDriver.Report report, boolean old) {
      this.tables = tables;
      this.report = report;
      this.old = old;
    }

    @Override
    protected void xFunc() throws SQLException {
      SealedTable table = tables.get(value_int(0));
      Object key = value(1);
      if (table == null || key == null) {
        error("a row without a key");
        return;
      }
      report.touched(table, RowKey.of(key), values(2), old);
      result();
    }
  }

  /** Makes one key of several columns. */
  private static final class Key extends ValueFunction {
    @Override
    protected void xFunc() throws SQLException {
      result(SealedValues.array(values(0)).borrow());
    }
  }
}
