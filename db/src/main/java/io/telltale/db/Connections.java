package io.telltale.db;

import io.telltale.kernel.CorruptException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** Applies migrations, and what else is the same on every kind of connection. */
public final class Connections {
  /** So long a connection may take to show that it is one. */
  static final int VALID_SECONDS = 1;

  private Connections() {}

  /** Applies what the database has not seen, within the caller's transaction. */
  static void apply(StoreDriver driver, Connection connection, List<String> migrations)
      throws SQLException {
    int version = driver.version(connection);
    if (version > migrations.size()) {
      throw new CorruptException(
          "%s has schema version %d, this program knows up to %d: start the newer program"
              .formatted(driver.place(), version, migrations.size()));
    }
    for (int next = version; next < migrations.size(); next++) {
      driver.apply(connection, migrations.get(next));
      driver.setVersion(connection, next + 1);
    }
  }

  /** The database may have rolled back by itself: what failed first is what is told. */
  static void rollback(StoreDriver driver, Connection connection, Exception reason) {
    try {
      driver.rollback(connection);
    } catch (SQLException e) {
      reason.addSuppressed(e);
    }
  }

  public static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** For a connection that is given up anyway: what closing it says changes nothing. */
  public static void closeQuietly(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      System.getLogger(Connections.class.getName())
          .log(System.Logger.Level.DEBUG, "db.close-failed", e);
    }
  }
}
