package io.telltale.lake.table;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import io.telltale.lake.TablePointer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** The rows that say where each table stands ({@code lake_tables}). */
public final class Pointers {
  private Pointers() {}

  public static Optional<TablePointer> read(Connection connection, String table)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT pointer, version, hash FROM lake_tables WHERE name = ?")) {
      select.setString(1, table);
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        String pointer = row.getString(1);
        long version = row.getLong(2);
        Hash hash = hash(table, pointer, version);
        if (!hash.value().equals(Bytes.adopt(row.getBytes(3)))) {
          throw new CorruptException("the pointer of " + table + " was changed by hand");
        }
        return Optional.of(new TablePointer(table, pointer, version, hash));
      }
    }
  }

  /** Empty when the table no longer stands where {@code from} says. */
  static Optional<TablePointer> move(
      Connection connection, String table, Optional<TablePointer> from, String to)
      throws SQLException {
    long version = from.map(TablePointer::version).orElse(0L) + 1;
    var moved = new TablePointer(table, to, version, hash(table, to, version));
    String sql =
        from.isPresent()
            ? "UPDATE lake_tables SET pointer = ?, version = ?, hash = ?"
                + " WHERE name = ? AND version = ?"
            : "INSERT INTO lake_tables (pointer, version, hash, name)"
                + " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
    try (PreparedStatement write = connection.prepareStatement(sql)) {
      write.setString(1, to);
      write.setLong(2, version);
      write.setBytes(3, moved.hash().value().borrow());
      write.setString(4, table);
      if (from.isPresent()) {
        write.setLong(5, version - 1);
      }
      return write.executeUpdate() == 1 ? Optional.of(moved) : Optional.empty();
    }
  }

  /** SHA-256 over {@code table LF version LF pointer}, as in {@code docs/format/lake.md}. */
  public static Hash hash(String table, String pointer, long version) {
    return Hash.sha256(Bytes.utf8(table + "\n" + version + "\n" + pointer));
  }
}
