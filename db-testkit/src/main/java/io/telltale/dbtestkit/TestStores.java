package io.telltale.dbtestkit;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.db.Database;
import io.telltale.db.StoreDriver;
import io.telltale.db.StoreSeal;
import io.telltale.dbpostgres.PostgresDatabase;
import io.telltale.dbpostgres.PostgresStore;
import io.telltale.dbpostgres.PostgresUrl;
import io.telltale.dbsqlite.SqliteFile;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import io.telltale.testkit.PostgresServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where the stores of a test live: in files, or, with {@code -Dtelltale.stores=postgres}, in a real
 * server. The tests of each module that has stores run on both; what is about files by its nature
 * has the tag {@code sqlite}.
 */
public final class TestStores {
  private static final String STORES = "telltale.stores";
  private static final String POSTGRES = "postgres";
  private static final int NAME_SIZE = 20;
  private static final int SEAL_KEY_BYTES = 32;
  private static final int DATABASES = 16;
  private static final Map<String, String> MADE = new ConcurrentHashMap<>();
  private static final String DUPLICATE_DATABASE = "42P04";

  /** As a replica no trigger fires that would refuse what others write. */
  private static final String AS_REPLICA = "SET session_replication_role = replica";

  /** SQLite's, for the tests that have it. */
  private static final String ZEROBLOB =
      "CREATE OR REPLACE FUNCTION public.zeroblob(size INTEGER) RETURNS BYTEA LANGUAGE sql"
          + " AS $$ SELECT decode(repeat('00', size), 'hex') $$";

  private TestStores() {}

  /** As {@link #at(Path)}, of a file in a folder. */
  public static StoreDriver at(Path folder, String file) {
    return at(folder.resolve(file));
  }

  /** The store that a file of that path stands for. */
  public static StoreDriver at(Path file) {
    return onPostgres() ? postgres(file) : SqliteFile.at(file);
  }

  /** Opens the store that a file stands for, under the seal of {@link #seal()}. */
  public static Database open(Path file, List<String> migrations) {
    return Database.open(at(file), migrations, seal());
  }

  /** A seal of no secret. */
  public static StoreSeal seal() {
    return new StoreSeal("test", SecretBytes.copyOf(new byte[SEAL_KEY_BYTES]), Entropy.system());
  }

  /** Makes a store as programs left it before there were seals, with what {@code work} writes. */
  public static void makeUnsealed(Path file, List<String> migrations, Database.Work<?> work) {
    StoreDriver driver = at(file);
    driver.create();
    try (Connection writer = driver.openWriter()) {
      driver.begin(writer);
      for (String migration : migrations) {
        driver.apply(writer, migration);
      }
      driver.setVersion(writer, migrations.size());
      work.run(writer);
      driver.commit(writer);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Options of a JVM whose stores are where they are here. */
  public static List<String> options() {
    if (!onPostgres()) {
      return List.of();
    }
    var options = new ArrayList<>(PostgresServer.shared().options());
    options.add("-D" + STORES + "=" + POSTGRES);
    return options;
  }

  static boolean onPostgres() {
    return System.getProperty(STORES, "").equals(POSTGRES);
  }

  /** The store that {@link #at} gives, as somebody who has the disk or its login may edit it. */
  public static Connection byHand(Path file) throws SQLException {
    if (!onPostgres()) {
      return DriverManager.getConnection("jdbc:sqlite:" + file);
    }
    PostgresServer server = PostgresServer.shared();
    Connection connection =
        DriverManager.getConnection(
            "jdbc:" + server.url(databaseOf(server, file)), PostgresServer.USER, "");
    for (String sql :
        List.of(ZEROBLOB, AS_REPLICA, "SET search_path = " + name(file) + ", public")) {
      execute(connection, sql);
    }
    return connection;
  }

  /** What one tells each of the two in its own words. */
  public static String either(String sqlite, String postgres) {
    return onPostgres() ? postgres : sqlite;
  }

  /** Puts all rows of a store that nobody has open into another one: an older or another copy. */
  public static void copy(Path from, Path to) throws SQLException, IOException {
    if (!onPostgres()) {
      Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
      for (String part : List.of("-wal", "-shm")) {
        Files.deleteIfExists(Path.of(to + part));
      }
      return;
    }
    try (Connection connection = byHand(from)) {
      execute(connection, "CREATE SCHEMA IF NOT EXISTS " + name(to));
      for (String table : tables(connection, name(from))) {
        String of = name(from) + "." + table;
        String into = name(to) + "." + table;
        execute(connection, "CREATE TABLE IF NOT EXISTS %s (LIKE %s)".formatted(into, of));
        execute(connection, "DELETE FROM " + into);
        execute(connection, "INSERT INTO %s SELECT * FROM %s".formatted(into, of));
      }
    }
  }

  private static List<String> tables(Connection connection, String schema) throws SQLException {
    var tables = new ArrayList<String>();
    try (PreparedStatement select =
        connection.prepareStatement("SELECT tablename FROM pg_tables WHERE schemaname = ?")) {
      select.setString(1, schema);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          tables.add(rows.getString(1));
        }
      }
    }
    return tables;
  }

  /** All bytes that a store has of its rows, as they lie there. */
  public static Bytes bytes(Path file) throws SQLException, IOException {
    var all = new ByteArrayOutputStream();
    if (!onPostgres()) {
      for (Path part : List.of(file, Path.of(file + "-wal"))) {
        all.writeBytes(Files.exists(part) ? Files.readAllBytes(part) : new byte[0]);
      }
      return Bytes.adopt(all.toByteArray());
    }
    try (Connection connection = byHand(file);
        Statement statement = connection.createStatement()) {
      for (String table : tables(connection, name(file))) {
        try (ResultSet rows =
            statement.executeQuery("SELECT record_send(t) FROM " + table + " t")) {
          while (rows.next()) {
            all.writeBytes(rows.getBytes(1));
          }
        }
      }
    }
    return Bytes.adopt(all.toByteArray());
  }

  /** Takes a store that nobody has open away. */
  public static void delete(Path file) throws SQLException, IOException {
    if (!onPostgres()) {
      Files.delete(file);
      return;
    }
    try (Connection connection = byHand(file)) {
      execute(connection, "DROP SCHEMA " + name(file) + " CASCADE");
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String name(Path file) {
    Bytes path = Bytes.utf8(file.toAbsolutePath().toString());
    return "t_" + Hash.sha256(path).hex().substring(0, NAME_SIZE);
  }

  private static StoreDriver postgres(Path file) {
    PostgresServer server = PostgresServer.shared();
    var database =
        new PostgresDatabase(
            new PostgresUrl("127.0.0.1", server.port(), databaseOf(server, file)),
            PostgresServer.USER,
            Optional.empty(),
            Optional.empty());
    return new PostgresStore(database, name(file));
  }

  /**
   * One of a few, the same for all files of a test, in every JVM. All in one would fill its
   * catalogs with the schemas of tests that are over, and each transaction looks through those.
   */
  private static String databaseOf(PostgresServer server, Path file) {
    Path whole = file.toAbsolutePath();
    Path temporary = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
    Path test =
        whole.startsWith(temporary) ? temporary.relativize(whole).getName(0) : whole.getParent();
    String name = "stores_" + Math.floorMod(String.valueOf(test).hashCode(), DATABASES);
    return MADE.computeIfAbsent(name, _ -> made(server, name));
  }

  private static String made(PostgresServer server, String database) {
    try (Connection connection =
        DriverManager.getConnection(
            "jdbc:" + server.url(), PostgresServer.USER, server.password())) {
      execute(connection, "CREATE DATABASE " + database);
    } catch (SQLException e) {
      // Another JVM of the same test may have been first.
      if (!DUPLICATE_DATABASE.equals(e.getSQLState())) {
        throw new IllegalStateException(e);
      }
    }
    return database;
  }
}
