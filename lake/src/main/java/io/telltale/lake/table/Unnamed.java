package io.telltale.lake.table;

import io.telltale.db.Sql;
import java.sql.Connection;
import java.sql.SQLException;
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
    Sql.batch(transaction, "INSERT INTO lake_unnamed (object) VALUES (?)", objects, List::of);
  }

  /** The number of what was let go of last; it never falls. */
  public static long last(Connection connection) throws SQLException {
    return Sql.first(
            connection,
            "SELECT seq FROM row_counter WHERE name = 'lake_unnamed'",
            row -> row.getLong(1))
        .orElse(0L);
  }

  /** The first ones up to the number {@code to}. */
  public static List<Entry> first(Connection connection, long to, int entriesMax)
      throws SQLException {
    return Sql.list(
        connection,
        "SELECT number, object FROM lake_unnamed WHERE number <= ? ORDER BY number LIMIT ?",
        row -> new Entry(row.getLong(1), row.getString(2)),
        to,
        entriesMax);
  }

  public static int remove(Connection transaction, long to) throws SQLException {
    return Sql.update(transaction, "DELETE FROM lake_unnamed WHERE number <= ?", to);
  }
}
