package io.telltale.dbpostgres;

import io.telltale.db.Connections;
import io.telltale.db.RowDriver;
import io.telltale.db.StoreDriver;
import io.telltale.kernel.UnavailableException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A store in a schema of a PostgreSQL database. Whoever writes holds an advisory lock on it from
 * its own connection: a second program is refused, and one that lost its connection has lost the
 * lock, so that what it may have committed is settled before anybody goes on.
 */
public final class PostgresStore implements StoreDriver {
  private static final Pattern SCHEMA = Pattern.compile("[a-z][a-z0-9_]{0,40}");
  // A twentieth of what has the server vacuum by force (autovacuum_freeze_max_age).
  private static final long TRANSACTIONS_MAX = 10_000_000;
  static final String AGE =
      "SELECT age(relfrozenxid)::text FROM pg_class WHERE oid = 'pg_temp.seal_touched'::regclass";
  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private final PostgresDatabase database;
  private final String schema;
  private final RowDriver rows = new PostgresRows();

  public PostgresStore(PostgresDatabase database, String schema) {
    if (!SCHEMA.matcher(schema).matches()) {
      throw new IllegalArgumentException("not a schema's name: " + schema);
    }
    this.database = database;
    this.schema = schema;
  }

  @Override
  public String name() {
    return schema;
  }

  @Override
  public String place() {
    return "the schema " + schema + " of " + database.place();
  }

  @Override
  public void create() {
    // Whoever opens it to write makes it, once nobody else can.
  }

  /** Makes its schema, empty still, and tells thereby whether the role may. */
  public void make() {
    try (Connection made = openWriter()) {
      Connections.execute(made, "SELECT 1");
    } catch (SQLException e) {
      throw failure("making " + place(), e);
    }
  }

  @Override
  public boolean exists() {
    try (Connection connection = openReader()) {
      return rows.hasSeals(connection);
    } catch (SQLException e) {
      throw failure("looking for " + place(), e);
    }
  }

  @Override
  public long bytes() {
    try (Connection connection = openReader()) {
      return Long.parseLong(
          text(
              connection,
              "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::text FROM pg_class"
                  + " WHERE relkind = 'r' AND relnamespace = to_regnamespace(current_schema())"));
    } catch (SQLException e) {
      throw failure("looking how large " + place() + " is", e);
    }
  }

  @Override
  public Connection openWriter() throws SQLException {
    Connection connection = database.connect();
    try {
      connection.setAutoCommit(false);
      database.requireDurable(connection);
      lock(connection);
      setUp(connection);
      connection.commit();
      return connection;
    } catch (SQLException | RuntimeException e) {
      Connections.closeQuietly(connection);
      throw e;
    }
  }

  // The connection before may need a moment to end, after its program or its network did.
  private void lock(Connection connection) throws SQLException {
    Connections.execute(connection, "SET lock_timeout = '5s'");
    try (PreparedStatement lock =
        connection.prepareStatement("SELECT pg_advisory_lock(hashtextextended(?, 0))")) {
      lock.setString(1, "telltale/" + schema);
      lock.execute();
    } catch (SQLException e) {
      if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
        throw new UnavailableException(
            "another program has %s open to write: only one server may run on a database"
                .formatted(place()));
      }
      throw e;
    }
  }

  private void setUp(Connection connection) throws SQLException {
    if (text(connection, "SELECT to_regnamespace('" + schema + "')::text").isEmpty()) {
      Connections.execute(connection, "CREATE SCHEMA " + schema);
    }
    Connections.execute(connection, "SET search_path = " + schema + ", pg_temp");
    if (text(connection, "SELECT to_regclass('schema_version')::text").isEmpty()) {
      for (String statement : PostgresDdl.OWN) {
        Connections.execute(connection, statement);
      }
    }
    Connections.execute(connection, PostgresDdl.TOUCHED);
  }

  @Override
  public Connection openReader() throws SQLException {
    Connection connection = database.connect();
    try {
      Connections.execute(connection, "SET search_path = " + schema + ", pg_temp");
      connection.setReadOnly(true);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setAutoCommit(false);
      return connection;
    } catch (SQLException | RuntimeException e) {
      Connections.closeQuietly(connection);
      throw e;
    }
  }

  // Asks something, so that a connection that ended meanwhile is known before anything was done.
  @Override
  public void begin(Connection writer) throws SQLException {
    Connections.execute(writer, "SELECT 1");
  }

  @Override
  public void beginLong(Connection writer) throws SQLException {
    PostgresDatabase.unlimited(writer);
    begin(writer);
    Connections.execute(writer, "SET LOCAL statement_timeout = 0");
  }

  @Override
  public void commit(Connection writer) throws SQLException {
    writer.commit();
    PostgresDatabase.limited(writer);
  }

  @Override
  public void rollback(Connection writer) throws SQLException {
    writer.rollback();
    PostgresDatabase.limited(writer);
  }

  @Override
  public void tidy(Connection writer) throws SQLException {
    tidy(writer, TRANSACTIONS_MAX);
  }

  // Nobody else may vacuum a connection's own table, and until somebody does, the whole server
  // must keep what it knows of all transactions since that was made.
  static void tidy(Connection writer, long transactionsMax) throws SQLException {
    long transactions = Long.parseLong(text(writer, AGE));
    writer.rollback();
    if (transactions > transactionsMax) {
      writer.setAutoCommit(true);
      Connections.execute(writer, "VACUUM (FREEZE) pg_temp.seal_touched");
      writer.setAutoCommit(false);
    }
  }

  // The state that is read is that of the first statement.
  @Override
  public void beginRead(Connection reader) throws SQLException {
    Connections.execute(reader, "SELECT 1");
  }

  @Override
  public void endRead(Connection reader) throws SQLException {
    reader.rollback();
  }

  @Override
  public int version(Connection connection) throws SQLException {
    String version = text(connection, "SELECT version::text FROM schema_version");
    return version.isEmpty() ? 0 : Integer.parseInt(version);
  }

  @Override
  public void apply(Connection writer, String migration) throws SQLException {
    for (String statement : PostgresDdl.of(migration)) {
      Connections.execute(writer, statement);
    }
  }

  @Override
  public void setVersion(Connection writer, int version) throws SQLException {
    Connections.execute(
        writer,
        "INSERT INTO schema_version (one, version) VALUES (1, %d)".formatted(version)
            + " ON CONFLICT (one) DO UPDATE SET version = excluded.version");
  }

  @Override
  public RuntimeException failure(String attempted, SQLException cause) {
    return PostgresFailures.of(attempted, cause);
  }

  @Override
  public RowDriver rows() {
    return rows;
  }

  /** The first column of the first row; empty when there is none. */
  static String text(Connection connection, String query) throws SQLException {
    List<String> all = texts(connection, query);
    return all.isEmpty() ? "" : all.getFirst();
  }

  static List<String> texts(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      var all = new ArrayList<String>();
      while (rows.next()) {
        String value = rows.getString(1);
        all.add(value == null ? "" : value);
      }
      return all;
    }
  }
}
