package io.telltale.db;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** Opens connections with the settings that our durability rests on, and applies migrations. */
final class Connections {
  private static final List<String> PRAGMAS =
      List.of(
          "PRAGMA synchronous=FULL",
          "PRAGMA foreign_keys=ON",
          "PRAGMA busy_timeout=5000",
          "PRAGMA secure_delete=ON",
          "PRAGMA trusted_schema=OFF",
          "PRAGMA journal_size_limit=67108864");

  private Connections() {}

  /**
   * SQLite gives the WAL files the mode of the database, so the mode is set before it is opened.
   */
  static void createPrivate(Path file) {
    try {
      PrivateFiles.touch(file);
    } catch (IOException e) {
      throw new UnavailableException("creating the database " + file, e);
    }
  }

  static Connection open(Path file) throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    try {
      String mode = text(connection, "PRAGMA journal_mode=WAL");
      if (!"wal".equals(mode)) {
        throw new UnavailableException(
            "%s is on a file system without WAL (journal mode %s)".formatted(file, mode));
      }
      for (String pragma : PRAGMAS) {
        execute(connection, pragma);
      }
      return connection;
    } catch (SQLException | RuntimeException e) {
      closeQuietly(connection);
      throw e;
    }
  }

  static Connection openReader(Path file) throws SQLException {
    Connection connection = open(file);
    execute(connection, "PRAGMA query_only=ON");
    return connection;
  }

  static int version(Connection connection) throws SQLException {
    return Integer.parseInt(text(connection, "PRAGMA user_version"));
  }

  static void migrate(Path file, Connection connection, List<String> migrations)
      throws SQLException {
    execute(connection, "BEGIN IMMEDIATE");
    try {
      apply(file, connection, migrations);
      execute(connection, "COMMIT");
    } catch (SQLException | RuntimeException e) {
      rollback(connection, e);
      throw e;
    }
  }

  /** Applies what the database has not seen, within the caller's transaction. */
  static void apply(Path file, Connection connection, List<String> migrations) throws SQLException {
    int version = version(connection);
    if (version > migrations.size()) {
      throw new CorruptException(
          "%s has schema version %d, this program knows up to %d: start the newer program"
              .formatted(file, version, migrations.size()));
    }
    for (int next = version; next < migrations.size(); next++) {
      executeScript(connection, migrations.get(next));
      execute(connection, "PRAGMA user_version=" + (next + 1));
    }
  }

  /** SQLite may have rolled back by itself: what failed first is what is told. */
  static void rollback(Connection connection, Exception reason) {
    try {
      execute(connection, "ROLLBACK");
    } catch (SQLException e) {
      reason.addSuppressed(e);
    }
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void executeScript(Connection connection, String script) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      // executeUpdate, unlike execute, runs every statement of a script in this driver.
      statement.executeUpdate(script);
    }
  }

  private static String text(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      String value = rows.next() ? rows.getString(1) : null;
      return value == null ? "" : value;
    }
  }

  /** For a connection that is given up anyway: what closing it says changes nothing. */
  static void closeQuietly(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      System.getLogger(Connections.class.getName())
          .log(System.Logger.Level.DEBUG, "db.close-failed", e);
    }
  }
}
