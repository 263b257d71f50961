package io.telltale.dbpostgres;

import io.telltale.db.Connections;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/**
 * A database of a PostgreSQL server and how one comes to it. The password lies in a file and is
 * read anew for each connection.
 *
 * @param rootCertificate of the authorities that vouch for the server; the system's when absent
 */
public record PostgresDatabase(
    PostgresUrl url, String user, Optional<Path> passwordFile, Optional<Path> rootCertificate) {
  private static final String CONNECT_SECONDS = "10";
  private static final String STATEMENT_MILLIS = "60000";
  private static final int SOCKET_SECONDS = 120;
  private static final String ROWS_AT_ONCE = "512";
  private static final int OLDEST = 150_000;

  // A host that lost its power says no goodbye, and the writer's lock is its connection's: with
  // the system's settings the server would keep it for two hours.
  private static final List<String> PEER_GONE =
      List.of(
          "tcp_keepalives_idle = 10",
          "tcp_keepalives_interval = 5",
          "tcp_keepalives_count = 3",
          "tcp_user_timeout = 30000");

  /** As messages call it. */
  String place() {
    return url.text();
  }

  Connection connect() throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:" + url.text(), properties());
    try {
      // Until a store's own is set: in others anybody may have put functions of these names.
      Connections.execute(connection, "SET search_path = pg_catalog");
      Connections.execute(connection, "SET statement_timeout = " + STATEMENT_MILLIS);
      Connections.execute(connection, "SET synchronous_commit = on");
      for (String setting : PEER_GONE) {
        Connections.execute(connection, "SET " + setting);
      }
      return connection;
    } catch (SQLException e) {
      Connections.closeQuietly(connection);
      throw e;
    }
  }

  /** Lets an answer take as long as it takes; whether the server is there the system asks. */
  static void unlimited(Connection connection) throws SQLException {
    connection.setNetworkTimeout(Runnable::run, 0);
  }

  static void limited(Connection connection) throws SQLException {
    connection.setNetworkTimeout(Runnable::run, SOCKET_SECONDS * 1_000);
  }

  Properties properties() {
    var all = new Properties();
    all.setProperty("user", user);
    passwordFile.ifPresent(file -> all.setProperty("password", password(file)));
    all.setProperty("ApplicationName", "telltale");
    all.setProperty("connectTimeout", CONNECT_SECONDS);
    all.setProperty("loginTimeout", CONNECT_SECONDS);
    all.setProperty("socketTimeout", Integer.toString(SOCKET_SECONDS));
    all.setProperty("tcpKeepAlive", "true");
    all.setProperty("socketFactory", KeepAliveSockets.class.getName());
    all.setProperty("gssEncMode", "disable");
    // Details of an error have the contents of rows.
    all.setProperty("logServerErrorDetail", "false");
    all.setProperty("defaultRowFetchSize", ROWS_AT_ONCE);
    // Whoever is between us and another machine's server must not read or answer for it.
    boolean verified = !url.isLoopback() || rootCertificate.isPresent();
    all.setProperty("sslmode", verified ? "verify-full" : "prefer");
    if (verified) {
      rootCertificate.ifPresentOrElse(
          file -> all.setProperty("sslrootcert", file.toString()),
          () -> all.setProperty("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory"));
    }
    return all;
  }

  private static String password(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UnavailableException("reading the password of the database from " + file, e);
    }
  }

  /** What is committed must be on the server's disk. */
  void requireDurable(Connection connection) throws SQLException {
    if (Integer.parseInt(PostgresStore.text(connection, "SHOW server_version_num")) < OLDEST) {
      throw new UnavailableException(url.text() + " is older than PostgreSQL 15");
    }
    require(connection, "fsync", "on");
    require(connection, "full_page_writes", "on");
    require(connection, "server_encoding", "UTF8");
  }

  private void require(Connection connection, String setting, String value) throws SQLException {
    String found = PostgresStore.text(connection, "SHOW " + setting);
    if (!found.equals(value)) {
      throw new UnavailableException(
          "%s has %s = %s, and Telltale needs %s".formatted(url.text(), setting, found, value));
    }
  }
}
