package io.telltale.pipeline.windows;

import io.telltale.kernel.Bytes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The tables of the replay windows: each as it last was stored whole, and the news since. */
public final class WindowTables {
  // AUTOINCREMENT: a number never comes again, since windows say which news they hold already.
  public static final String NEWS =
      """
      CREATE TABLE pipeline_news (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        sealed BLOB NOT NULL
      ) STRICT;
      ALTER TABLE pipeline_replay ADD COLUMN through INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE pipeline_replay ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
      """;

  private WindowTables() {}

  /** A window's row: sealed, as of which news. */
  public record Row(Bytes sealed, long through) {}

  /** A window to be stored whole. */
  record Folded(DeviceWindows.Key key, Bytes sealed) {}

  /**
   * What a commit stores of the windows.
   *
   * @param number of this commit's news
   * @param news sealed; empty when no number was used
   * @param folded windows that hold all news up to {@code number}
   * @param newsFrom all news before this one are in their windows
   * @param day of this commit, from 1 on, by how long pipelines have run here
   * @param forgottenBefore a replaced enrolment's window, last stored on a day before, goes
   */
  public record Stored(
      long number,
      Optional<Bytes> news,
      List<Folded> folded,
      long newsFrom,
      long day,
      long forgottenBefore) {
    public static final Stored NOTHING = new Stored(0, Optional.empty(), List.of(), 0, 0, 0);
  }

  public static Optional<Row> find(Connection connection, DeviceWindows.Key key)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT sealed, through FROM pipeline_replay WHERE device = ? AND enrolment = ?")) {
      select.setInt(1, key.device());
      select.setInt(2, key.enrolment());
      try (ResultSet row = select.executeQuery()) {
        return row.next()
            ? Optional.of(new Row(Bytes.adopt(row.getBytes(1)), row.getLong(2)))
            : Optional.empty();
      }
    }
  }

  /** The sealed news that are kept, by number. */
  public static SortedMap<Long, Bytes> news(Connection connection) throws SQLException {
    var news = new TreeMap<Long, Bytes>();
    try (PreparedStatement select =
            connection.prepareStatement("SELECT number, sealed FROM pipeline_news");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        news.put(row.getLong(1), Bytes.adopt(row.getBytes(2)));
      }
    }
    return news;
  }

  /** The number of the last news there were, kept or not. */
  public static long lastNumber(Connection connection) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT seq FROM row_counter WHERE name = 'pipeline_news'");
        ResultSet row = select.executeQuery()) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  public static void store(Connection connection, Stored stored) throws SQLException {
    if (stored.news().isPresent()) {
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT INTO pipeline_news (number, sealed) VALUES (?, ?)")) {
        insert.setLong(1, stored.number());
        insert.setBytes(2, stored.news().get().borrow());
        insert.executeUpdate();
      }
    }
    if (stored.folded().isEmpty()) {
      return;
    }
    fold(connection, stored);
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM pipeline_news WHERE number < ?")) {
      delete.setLong(1, stored.newsFrom());
      delete.executeUpdate();
    }
  }

  private static void fold(Connection connection, Stored stored) throws SQLException {
    try (PreparedStatement upsert =
            connection.prepareStatement(
                "INSERT INTO pipeline_replay"
                    + " (device, enrolment, sealed, through, day) VALUES (?, ?, ?, ?, ?)"
                    + " ON CONFLICT (device, enrolment) DO UPDATE SET sealed = excluded.sealed,"
                    + " through = excluded.through, day = excluded.day");
        PreparedStatement forget =
            connection.prepareStatement(
                "DELETE FROM pipeline_replay WHERE device = ? AND (enrolment < ?"
                    + " OR (enrolment < ? AND day BETWEEN 1 AND ?))")) {
      for (Folded window : stored.folded()) {
        upsert.setInt(1, window.key().device());
        upsert.setInt(2, window.key().enrolment());
        upsert.setBytes(3, window.sealed().borrow());
        upsert.setLong(4, stored.number());
        upsert.setLong(5, stored.day());
        upsert.executeUpdate();
        if (window.key().enrolment() > DeviceWindows.Key.FIRST_ENROLMENT) {
          // Who asks for a reading of before asks for the last enrolment's only.
          forget.setInt(1, window.key().device());
          forget.setInt(2, window.key().enrolment() - 1);
          forget.setInt(3, window.key().enrolment());
          forget.setLong(4, stored.forgottenBefore() - 1);
          forget.executeUpdate();
        }
      }
    }
  }
}
