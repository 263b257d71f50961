package io.telltale.pipeline.windows;

import io.telltale.db.Sql;
import io.telltale.kernel.Bytes;
import java.sql.Connection;
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
    return Sql.first(
        connection,
        "SELECT sealed, through FROM pipeline_replay WHERE device = ? AND enrolment = ?",
        row -> new Row(Bytes.adopt(row.getBytes(1)), row.getLong(2)),
        key.device(),
        key.enrolment());
  }

  /** The sealed news that are kept, by number. */
  public static SortedMap<Long, Bytes> news(Connection connection) throws SQLException {
    return Sql.read(
        connection,
        "SELECT number, sealed FROM pipeline_news",
        rows -> {
          var news = new TreeMap<Long, Bytes>();
          while (rows.next()) {
            news.put(rows.getLong(1), Bytes.adopt(rows.getBytes(2)));
          }
          return news;
        });
  }

  /** The number of the last news there were, kept or not. */
  public static long lastNumber(Connection connection) throws SQLException {
    return Sql.first(
            connection,
            "SELECT seq FROM row_counter WHERE name = 'pipeline_news'",
            row -> row.getLong(1))
        .orElse(0L);
  }

  public static void store(Connection connection, Stored stored) throws SQLException {
    if (stored.news().isPresent()) {
      Sql.update(
          connection,
          "INSERT INTO pipeline_news (number, sealed) VALUES (?, ?)",
          stored.number(),
          stored.news().get());
    }
    if (stored.folded().isEmpty()) {
      return;
    }
    fold(connection, stored);
    Sql.update(connection, "DELETE FROM pipeline_news WHERE number < ?", stored.newsFrom());
  }

  private static void fold(Connection connection, Stored stored) throws SQLException {
    Sql.updateEach(
        connection,
        "INSERT INTO pipeline_replay"
            + " (device, enrolment, sealed, through, day) VALUES (?, ?, ?, ?, ?)"
            + " ON CONFLICT (device, enrolment) DO UPDATE SET sealed = excluded.sealed,"
            + " through = excluded.through, day = excluded.day",
        stored.folded(),
        window ->
            List.of(
                window.key().device(),
                window.key().enrolment(),
                window.sealed(),
                stored.number(),
                stored.day()));
    // Who asks for a reading of before asks for the last enrolment's only.
    Sql.updateEach(
        connection,
        "DELETE FROM pipeline_replay WHERE device = ? AND (enrolment < ?"
            + " OR (enrolment < ? AND day BETWEEN 1 AND ?))",
        replacing(stored.folded()),
        key ->
            List.of(
                key.device(), key.enrolment() - 1, key.enrolment(), stored.forgottenBefore() - 1));
  }

  private static List<DeviceWindows.Key> replacing(List<Folded> folded) {
    return folded.stream()
        .map(Folded::key)
        .filter(key -> key.enrolment() > DeviceWindows.Key.FIRST_ENROLMENT)
        .toList();
  }
}
