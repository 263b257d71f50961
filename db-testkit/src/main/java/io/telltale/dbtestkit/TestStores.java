package io.telltale.dbtestkit;

import io.telltale.db.StoreDriver;
import io.telltale.dbpostgres.PostgresDatabase;
import io.telltale.dbpostgres.PostgresStore;
import io.telltale.dbpostgres.PostgresUrl;
import io.telltale.dbsqlite.SqliteFile;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import io.telltale.testkit.PostgresServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/**
 * Where the stores of a test live: in files, or, with {@code -Dtelltale.stores=postgres}, in a real
 * server. The tests of each module that has stores run on both; what is about files by its nature
 * has the tag {@code sqlite}.
 */
public final class TestStores {
  private static final int NAME_SIZE = 20;

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

  private static boolean onPostgres() {
    return System.getProperty("telltale.stores", "sqlite").equals("postgres");
  }

  /** The store that {@link #at} gives, as somebody who has the disk or its login may edit it. */
  public static Connection byHand(Path file) throws SQLException {
    if (!onPostgres()) {
      return DriverManager.getConnection("jdbc:sqlite:" + file);
    }
    PostgresServer server = PostgresServer.shared();
    Connection connection =
        DriverManager.getConnection("jdbc:" + server.url(), PostgresServer.USER, server.password());
    for (String sql :
        List.of(ZEROBLOB, AS_REPLICA, "SET search_path = " + name(file) + ", public")) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }
    return connection;
  }

  private static String name(Path file) {
    Bytes path = Bytes.utf8(file.toAbsolutePath().toString());
    return "t_" + Hash.sha256(path).hex().substring(0, NAME_SIZE);
  }

  /** A store in the server that all tests share. */
  public static StoreDriver postgres(Path file) {
    return new PostgresStore(database(PostgresServer.shared()), name(file));
  }

  /** The way to a server of the tests. */
  public static PostgresDatabase database(PostgresServer server) {
    return new PostgresDatabase(
        new PostgresUrl("127.0.0.1", server.port(), PostgresServer.DATABASE),
        PostgresServer.USER,
        Optional.of(server.passwordFile()),
        Optional.empty());
  }
}
