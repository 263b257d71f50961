package io.telltale.lake.table;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Objects that no table names any more ({@code lake_unnamed}), numbered in the transaction that let
 * go of them: who looks at the tables later than that cannot need them.
 */
public final class Unnamed {
  public static final String TABLE =
      """
      CREATE TABLE lake_unnamed (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        object TEXT NOT NULL
      ) STRICT;
      """;

  private Unnamed() {}

  /** An object and when it was let go of. */
  public record Entry(long number, String object) {}

  static void add(Connection transaction, Collection<String> objects) throws SQLException {
    try (PreparedStatement insert =
        transaction.prepareStatement("INSERT INTO lake_unnamed (object) VALUES (?)")) {
      for (String object : objects) {
        insert.setString(1, object);
        insert.executeUpdate();
      }
    }
  }

  /** The number of what was let go of last; it never falls. */
  public static long last(Connection connection) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement("SELECT seq FROM row_counter WHERE name = 'lake_unnamed'");
        ResultSet row = select.executeQuery()) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  /** The first ones up to the number {@code to}. */
  public static List<Entry> first(Connection connection, long to, int entriesMax)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT number, object FROM lake_unnamed WHERE number <= ? ORDER BY number LIMIT ?")) {
      select.setLong(1, to);
      select.setInt(2, entriesMax);
      try (ResultSet rows = select.executeQuery()) {
        var entries = new ArrayList<Entry>();
        while (rows.next()) {
          entries.add(new Entry(rows.getLong(1), rows.getString(2)));
        }
        return entries;
      }
    }
  }

  public static int remove(Connection transaction, long to) throws SQLException {
    try (PreparedStatement delete =
        transaction.prepareStatement("DELETE FROM lake_unnamed WHERE number <= ?")) {
      delete.setLong(1, to);
      return delete.executeUpdate();
    }
  }
}
