package io.telltale.lake.table;

import io.telltale.db.Sql;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import io.telltale.lake.TablePointer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** The rows that say where each table stands ({@code lake_tables}). */
public final class Pointers {
  private Pointers() {}

  public static Optional<TablePointer> read(Connection connection, String table)
      throws SQLException {
    return Sql.first(
        connection,
        "SELECT pointer, version, hash FROM lake_tables WHERE name = ?",
        row -> pointer(table, row),
        table);
  }

  private static TablePointer pointer(String table, ResultSet row) throws SQLException {
    String pointer = row.getString(1);
    long version = row.getLong(2);
    Hash hash = hash(table, pointer, version);
    if (!hash.value().equals(Bytes.adopt(row.getBytes(3)))) {
      throw new CorruptException("the pointer of " + table + " was changed by hand");
    }
    return new TablePointer(table, pointer, version, hash);
  }

  /** Empty when the table no longer stands where {@code from} says. */
  static Optional<TablePointer> move(
      Connection connection, String table, Optional<TablePointer> from, String to)
      throws SQLException {
    long version = from.map(TablePointer::version).orElse(0L) + 1;
    var moved = new TablePointer(table, to, version, hash(table, to, version));
    int touched =
        from.isPresent()
            ? Sql.update(
                connection,
                "UPDATE lake_tables SET pointer = ?, version = ?, hash = ?"
                    + " WHERE name = ? AND version = ?",
                to,
                version,
                moved.hash(),
                table,
                version - 1)
            : Sql.update(
                connection,
                "INSERT INTO lake_tables (pointer, version, hash, name)"
                    + " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                to,
                version,
                moved.hash(),
                table);
    return touched == 1 ? Optional.of(moved) : Optional.empty();
  }

  /** SHA-256 over {@code table LF version LF pointer}, as in {@code docs/format/lake.md}. */
  public static Hash hash(String table, String pointer, long version) {
    return Hash.sha256(Bytes.utf8(table + "\n" + version + "\n" + pointer));
  }
}
