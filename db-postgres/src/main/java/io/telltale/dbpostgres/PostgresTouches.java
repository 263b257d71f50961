package io.telltale.dbpostgres;

import io.telltale.db.RowDriver;
import io.telltale.db.SealedTable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the triggers of the tables wrote into the connection's own table of rows touched: what a
 * savepoint undoes is gone from there, too. For the writer's thread.
 */
final class PostgresTouches implements RowDriver.Touches {
  private final Map<String, SealedTable> tables = new HashMap<>();
  private final RowDriver.Report report;
  private final PreparedStatement touched;
  private long reported;

  PostgresTouches(Connection writer, List<SealedTable> tables, RowDriver.Report report)
      throws SQLException {
    tables.forEach(table -> this.tables.put(table.name(), table));
    this.report = report;
    this.touched =
        writer.prepareStatement(
            "SELECT at, tab, old, columns FROM pg_temp.seal_touched WHERE at > ? ORDER BY at");
  }

  @Override
  public void report() throws SQLException {
    touched.setLong(1, reported);
    try (ResultSet row = touched.executeQuery()) {
      while (row.next()) {
        reported = row.getLong(1);
        SealedTable table = tables.get(row.getString(2));
        if (table != null) {
          List<@Nullable Object> values = RecordBytes.values(row.getBytes(4));
          report.touched(table, PostgresRows.keyOf(table, values), values, row.getBoolean(3));
        }
      }
    }
  }
}
