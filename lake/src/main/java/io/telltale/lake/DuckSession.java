package io.telltale.lake;

import io.telltale.kernel.UnavailableException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import org.duckdb.DuckDBConnection;

/** A DuckDB of its own, in memory, that writes nothing to disk and loads nothing from anywhere. */
final class DuckSession implements AutoCloseable {
  private static final List<String> CLOSED_WORLD =
      List.of(
          "SET temp_directory = ''",
          "SET max_temp_directory_size = '0KB'",
          "SET autoinstall_known_extensions = false",
          "SET autoload_known_extensions = false",
          "SET allow_community_extensions = false",
          "SET TimeZone = 'UTC'");

  private final DuckDBConnection connection;

  private DuckSession(DuckDBConnection connection) {
    this.connection = connection;
  }

  static DuckSession open(int memoryMegabytes, int threads) {
    var properties = new Properties();
    properties.setProperty("memory_limit", memoryMegabytes + "MB");
    properties.setProperty("threads", Integer.toString(threads));
    try {
      Connection connection = DriverManager.getConnection("jdbc:duckdb:", properties);
      var session = new DuckSession(connection.unwrap(DuckDBConnection.class));
      CLOSED_WORLD.forEach(session::run);
      return session;
    } catch (SQLException e) {
      throw new UnavailableException("starting DuckDB", e);
    }
  }

  DuckDBConnection connection() {
    return connection;
  }

  /** Runs one of our own statements; it fails only when memory or the engine does. */
  void run(String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new UnavailableException("running a statement of our own in DuckDB", e);
    }
  }

  /** The first column of the first row of one of our own queries. */
  String text(String sql) {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return java.util.Objects.requireNonNullElse(rows.getString(1), "");
    } catch (SQLException e) {
      throw new UnavailableException("asking DuckDB a question of our own", e);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new UnavailableException("closing DuckDB", e);
    }
  }
}
