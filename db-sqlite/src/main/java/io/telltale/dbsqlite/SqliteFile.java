package io.telltale.dbsqlite;

import io.telltale.db.Connections;
import io.telltale.db.RowDriver;
import io.telltale.db.StoreDriver;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * A store in one SQLite file, readable by its owner only: WAL and synchronous=FULL, so that what is
 * committed is on the disk.
 */
public final class SqliteFile implements StoreDriver {
  private static final List<String> PRAGMAS =
      List.of(
          "PRAGMA synchronous=FULL",
          "PRAGMA foreign_keys=ON",
          "PRAGMA busy_timeout=5000",
          "PRAGMA secure_delete=ON",
          "PRAGMA trusted_schema=OFF",
          "PRAGMA journal_size_limit=67108864",
          // The counters under the name that they have in every kind of database.
          "CREATE TEMP VIEW row_counter AS SELECT name, seq FROM main.sqlite_sequence");

  private final Path file;
  private final RowDriver rows;

  private SqliteFile(Path file) {
    this.file = file;
    this.rows = new SqliteRows(file);
  }

  public static SqliteFile at(Path file) {
    return new SqliteFile(file);
  }

  @Override
  public String name() {
    return String.valueOf(file.getFileName());
  }

  @Override
  public String place() {
    return file.toString();
  }

  /**
   * SQLite gives the WAL files the mode of the database, so the mode is set before it is opened.
   */
  @Override
  public void create() {
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        PrivateFiles.folder(folder);
      }
      PrivateFiles.touch(file);
    } catch (IOException e) {
      throw new UnavailableException("creating the database " + file, e);
    }
  }

  @Override
  public boolean exists() throws IOException {
    return PrivateFiles.exists(file);
  }

  @Override
  public long bytes() throws IOException {
    return Files.size(file);
  }

  @Override
  public Connection openWriter() throws SQLException {
    requirePermission();
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    try {
      String mode = text(connection, "PRAGMA journal_mode=WAL");
      if (!"wal".equals(mode)) {
        throw new UnavailableException(
            "%s is on a file system without WAL (journal mode %s)".formatted(file, mode));
      }
      for (String pragma : PRAGMAS) {
        Connections.execute(connection, pragma);
      }
      TouchFunctions.installKey(connection);
      return connection;
    } catch (SQLException | RuntimeException e) {
      Connections.closeQuietly(connection);
      throw e;
    }
  }

  // SQLite says no more than that it cannot open it.
  private void requirePermission() {
    if (Files.exists(file) && !(Files.isReadable(file) && Files.isWritable(file))) {
      throw new UnavailableException("opening " + file, new AccessDeniedException(file.toString()));
    }
  }

  @Override
  public Connection openReader() throws SQLException {
    Connection connection = openWriter();
    try {
      Connections.execute(connection, "PRAGMA query_only=ON");
      return connection;
    } catch (SQLException e) {
      Connections.closeQuietly(connection);
      throw e;
    }
  }

  @Override
  public void begin(Connection writer) throws SQLException {
    Connections.execute(writer, "BEGIN IMMEDIATE");
  }

  // Nothing here has a limit on time.
  @Override
  public void beginLong(Connection writer) throws SQLException {
    begin(writer);
  }

  @Override
  public void commit(Connection writer) throws SQLException {
    Connections.execute(writer, "COMMIT");
  }

  @Override
  public void rollback(Connection writer) throws SQLException {
    Connections.execute(writer, "ROLLBACK");
  }

  @Override
  public void tidy(Connection writer) {
    // A file asks for nothing.
  }

  @Override
  public void beginRead(Connection reader) throws SQLException {
    Connections.execute(reader, "BEGIN");
  }

  @Override
  public void endRead(Connection reader) throws SQLException {
    Connections.execute(reader, "ROLLBACK");
  }

  @Override
  public int version(Connection connection) throws SQLException {
    return Integer.parseInt(text(connection, "PRAGMA main.user_version"));
  }

  @Override
  public void apply(Connection writer, String migration) throws SQLException {
    try (Statement statement = writer.createStatement()) {
      // executeUpdate, unlike execute, runs every statement of a script in this driver.
      statement.executeUpdate(migration);
    }
  }

  @Override
  public void setVersion(Connection writer, int version) throws SQLException {
    Connections.execute(writer, "PRAGMA user_version=" + version);
  }

  @Override
  public RuntimeException failure(String attempted, SQLException cause) {
    return Failures.of(attempted, cause);
  }

  @Override
  public RowDriver rows() {
    return rows;
  }

  private static String text(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      String value = rows.next() ? rows.getString(1) : null;
      return value == null ? "" : value;
    }
  }
}
