package io.telltale.db;

import io.telltale.crypto.CborWriter;
import io.telltale.kernel.Hash;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** The seals' own tables, and what identifies everything that a database declares. */
final class SealSchema {
  static final List<String> TABLES =
      List.of(
          """
          CREATE TABLE seal_head (
            one INTEGER PRIMARY KEY CHECK (one = 1), body BLOB NOT NULL, tag BLOB NOT NULL
          ) STRICT\
          """,
          """
          CREATE TABLE seal_row (
            tab INTEGER NOT NULL, key ANY NOT NULL, change INTEGER NOT NULL, tag BLOB NOT NULL,
            PRIMARY KEY (tab, key)
          ) WITHOUT ROWID, STRICT\
          """,
          """
          CREATE TABLE seal_bucket (
            tab INTEGER NOT NULL, bucket INTEGER NOT NULL, nonce BLOB NOT NULL, sum BLOB NOT NULL,
            PRIMARY KEY (tab, bucket)
          ) WITHOUT ROWID, STRICT\
          """,
          """
          CREATE TABLE seal_change (
            change INTEGER PRIMARY KEY, delta BLOB NOT NULL, chain BLOB NOT NULL
          ) STRICT\
          """);

  private SealSchema() {}

  static long number(Connection connection, String query) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(query);
        ResultSet row = select.executeQuery()) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  /** Over every table, index, view and trigger with its text, and the version. */
  static Hash hash(Connection connection, StoreDriver driver) throws SQLException {
    var out = new CborWriter(4096);
    out.integer(driver.version(connection));
    rows(connection, driver.rows().declarations(), 4, out);
    return Hash.sha256(out.toBytes());
  }

  /** Over the counters that AUTOINCREMENT goes on from. */
  static Hash sequences(Connection connection, StoreDriver driver) throws SQLException {
    var out = new CborWriter(256);
    rows(connection, driver.rows().counters(connection), 2, out);
    return Hash.sha256(out.toBytes());
  }

  private static void rows(Connection connection, String query, int columns, CborWriter out)
      throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(query);
        ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        out.raw(SealedValues.columns(rows, 1, columns).borrow());
      }
    }
  }
}
