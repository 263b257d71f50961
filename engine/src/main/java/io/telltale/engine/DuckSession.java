package io.telltale.engine;

import io.telltale.kernel.UnavailableException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDriver;
import org.jspecify.annotations.Nullable;

/** A DuckDB of its own, in memory, that writes nothing to disk and loads nothing from anywhere. */
public final class DuckSession implements AutoCloseable {
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

  public static DuckSession open(int memoryMegabytes, int threads) {
    return open(memoryMegabytes, threads, new Properties());
  }

  /** As {@link #open(int, int)}; results are handed out as they are made, not after. */
  static DuckSession streaming(int memoryMegabytes, int threads) {
    var properties = new Properties();
    properties.setProperty(DuckDBDriver.JDBC_STREAM_RESULTS, "true");
    return open(memoryMegabytes, threads, properties);
  }

  private static DuckSession open(int memoryMegabytes, int threads, Properties properties) {
    properties.setProperty("memory_limit", memoryMegabytes + "MB");
    properties.setProperty("threads", Integer.toString(threads));
    try {
      Connection connection = new DuckDBDriver().connect("jdbc:duckdb:", properties);
      var session = new DuckSession(connection.unwrap(DuckDBConnection.class));
      CLOSED_WORLD.forEach(session::run);
      return session;
    } catch (SQLException e) {
      throw new UnavailableException("starting DuckDB", e);
    }
  }

  public DuckDBConnection connection() {
    return connection;
  }

  /**
   * Runs one of our own statements; it fails only when memory or the engine does, mostly with an
   * {@link EngineFailedException}.
   */
  public void run(String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw failure("a statement of our own in DuckDB", e);
    }
  }

  /** What failed, without the engine's words. */
  public static UnavailableException failure(String attempted, SQLException e) {
    String kind = kind(e);
    String text = attempted + ": " + kind;
    // What it writes to is full or away: with less to do it would fail as well.
    return kind.equals("IO Error")
        ? new UnavailableException(text, e)
        : new EngineFailedException(text, e);
  }

  // For instance "Out of Memory Error"; what comes behind may hold what somebody sent.
  private static String kind(SQLException failure) {
    String text = String.valueOf(failure.getMessage());
    int end = text.indexOf(':');
    return end > 0 && end < 64 ? text.substring(0, end) : "it failed";
  }

  /** The first column of the first row of one of our own queries. */
  public String text(String sql) {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return java.util.Objects.requireNonNullElse(rows.getString(1), "");
    } catch (SQLException e) {
      throw failure("asking DuckDB a question of our own", e);
    }
  }

  /** Hands over each row of one of our own queries, as it is read. */
  public void each(String sql, String attempted, Consumer<List<@Nullable Object>> taker) {
    try (Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery(sql)) {
      var reader = new ResultReader(found);
      for (var row = reader.next(); row != null; row = reader.next()) {
        taker.accept(row);
      }
    } catch (SQLException e) {
      throw failure(attempted, e);
    }
  }

  /**
   * Lets nothing be reached any more but {@code paths}, a list of quoted paths, and nothing be set.
   */
  public void lock(String paths) {
    run("SET allowed_paths = " + paths);
    run("SET enable_external_access = false");
    run("SET lock_configuration = true");
  }

  public static String quoted(MemoryFile file) {
    return "'" + file.path().toString().replace("'", "''") + "'";
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
