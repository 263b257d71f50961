package io.telltale.dbpostgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.db.AuthenticStore;
import io.telltale.db.CheckPace;
import io.telltale.db.Connections;
import io.telltale.db.Database;
import io.telltale.db.StoreSeal;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import io.telltale.testkit.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Issue 8, slice b: what a real server does and what may happen to it. */
class PostgresStoreTest {
  private static final List<String> SCHEMA =
      List.of(
          """
          CREATE TABLE line (
            number INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, bytes BLOB
          ) STRICT;
          """);
  private static final int WRITERS = 8;
  private static final int BEFORE_THE_KILL = 500;

  @TempDir Path dir;
  private String schema = "";

  @BeforeEach
  void name(TestInfo test) {
    String hash = Integer.toHexString(test.getDisplayName().hashCode());
    schema = "store_" + hash;
  }

  private static PostgresDatabase way(PostgresServer server) {
    return way(server, server.passwordFile());
  }

  private static PostgresDatabase way(PostgresServer server, Path password) {
    return new PostgresDatabase(
        new PostgresUrl("127.0.0.1", server.port(), PostgresServer.DATABASE),
        PostgresServer.USER,
        Optional.of(password),
        Optional.empty());
  }

  private PostgresStore store(PostgresServer server) {
    return new PostgresStore(way(server), schema);
  }

  private static StoreSeal seal() {
    return new StoreSeal("test", SecretBytes.copyOf(new byte[32]), Entropy.system());
  }

  private static long add(Connection connection, String text) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO line (text) VALUES (?) RETURNING number")) {
      insert.setString(1, text);
      try (ResultSet row = insert.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  private static List<Long> numbers(Database database) {
    return database.read(
        connection ->
            PostgresStore.texts(connection, "SELECT number::text FROM line ORDER BY line.number")
                .stream()
                .map(Long::parseLong)
                .toList());
  }

  /** As somebody with the administrator's login would. */
  private void byHand(PostgresServer server, String... statements) throws SQLException {
    try (Connection connection = way(server).connect()) {
      Connections.execute(connection, "SET search_path = " + schema);
      for (String statement : statements) {
        Connections.execute(connection, statement);
      }
    }
  }

  @Test
  void nothing_acknowledged_is_lost_when_the_server_is_killed_in_the_middle_of_writes()
      throws Exception {
    var server = PostgresServer.fresh();
    var acknowledged = new ConcurrentLinkedQueue<Long>();
    var enough = new CountDownLatch(BEFORE_THE_KILL);
    try (Database database = Database.open(store(server), SCHEMA, seal())) {
      var writers = new ArrayList<Thread>();
      for (int i = 0; i < WRITERS; i++) {
        writers.add(
            Thread.ofVirtual().start(() -> writeUntilRefused(database, acknowledged, enough)));
      }
      assertThat(enough.await(60, TimeUnit.SECONDS)).isTrue();
      server.kill();
      for (Thread writer : writers) {
        writer.join();
      }
      server.start();
      long next = firstNumberThatIsTaken(database);

      List<Long> there = numbers(database);
      assertThat(there).containsAll(acknowledged).contains(next);
      assertThat(there)
          .as("numbers are contiguous, in the order of commits")
          .isEqualTo(LongStream.rangeClosed(1, there.size()).boxed().toList());
      assertThat(database.store().position().change()).isEqualTo(there.size() + 1L);
      assertThat(database.store().check()).isEmpty();
      System.out.printf("%,d acknowledged, %,d there%n", acknowledged.size(), there.size());
    }
    assertThat(AuthenticStore.check(store(server), seal())).isEmpty();
  }

  private static void writeUntilRefused(
      Database database, ConcurrentLinkedQueue<Long> acknowledged, CountDownLatch enough) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        acknowledged.add(database.write(connection -> add(connection, "line")));
        enough.countDown();
      }
    } catch (UnavailableException e) {
      // Of what was under way nothing was said.
    }
  }

  private static long firstNumberThatIsTaken(Database database) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (System.nanoTime() < until) {
      try {
        return database.write(connection -> add(connection, "after"));
      } catch (UnavailableException e) {
        // The connection before has not ended yet.
      }
    }
    throw new AssertionError("never writable again");
  }

  @Test
  void a_second_program_is_refused() {
    PostgresServer server = PostgresServer.shared();
    try (Database first = Database.open(store(server), SCHEMA, seal())) {
      assertThatThrownBy(() -> Database.open(store(server), SCHEMA, seal()))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("another program")
          .hasMessageContaining(schema);
      first.write(connection -> add(connection, "still"));
    }
    Database.open(store(server), SCHEMA, seal()).close();
  }

  @Test
  void a_writer_whose_connection_was_ended_goes_on_with_another() throws Exception {
    PostgresServer server = PostgresServer.shared();
    try (Database database = Database.open(store(server), SCHEMA, seal())) {
      database.write(connection -> add(connection, "a"));
      byHand(
          server,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
              + " AND application_name = 'telltale'");
      long second = database.write(connection -> add(connection, "b"));
      assertThat(second).isEqualTo(2);
      assertThat(numbers(database)).containsExactly(1L, 2L);
    }
  }

  // Otherwise the oldest connection of ours decides what the whole server may forget.
  @Test
  void a_writers_own_table_grows_no_older_than_it_may() throws Exception {
    try (Connection writer = store(PostgresServer.shared()).openWriter()) {
      long made = age(writer);
      for (int i = 0; i < 20; i++) {
        Connections.execute(writer, "SELECT pg_current_xact_id()");
        writer.commit();
      }
      assertThat(age(writer)).isGreaterThanOrEqualTo(made + 20);
      PostgresStore.tidy(writer, 1_000);
      assertThat(age(writer)).isGreaterThanOrEqualTo(made + 20);
      PostgresStore.tidy(writer, 10);
      assertThat(age(writer)).isLessThan(10);
    }
  }

  private static long age(Connection writer) throws SQLException {
    long age = Long.parseLong(PostgresStore.text(writer, PostgresStore.AGE));
    writer.rollback();
    return age;
  }

  @Test
  void migrations_and_checks_have_no_limit_on_time_and_ordinary_work_has() throws Exception {
    PostgresStore store = store(PostgresServer.shared());
    var schema = new ArrayList<>(SCHEMA);
    schema.add("INSERT INTO line (text) VALUES (current_setting('statement_timeout'))");
    try (Database database = Database.open(store, schema, seal())) {
      assertThat(database.<String>read(open -> PostgresStore.text(open, "SELECT text FROM line")))
          .isEqualTo("0");
      database.write(
          open -> {
            assertThat(PostgresStore.text(open, "SHOW statement_timeout")).isEqualTo("1min");
            assertThat(open.getNetworkTimeout()).isEqualTo(120_000);
            return 0;
          });
    }
    try (Connection writer = store.openWriter();
        Connection reader = store.openReader()) {
      store.beginLong(writer);
      assertThat(writer.getNetworkTimeout()).isZero();
      store.rollback(writer);
      assertThat(writer.getNetworkTimeout()).isEqualTo(120_000);
      store.rows().breaks(reader, CheckPace.AT_ONCE);
      assertThat(reader.getNetworkTimeout()).isZero();
      assertThat(PostgresStore.text(reader, "SHOW statement_timeout")).isEqualTo("0");
    }
  }

  // A host that loses its power says no goodbye: the server itself has to notice.
  @Test
  void the_server_notices_a_peer_that_is_gone_within_seconds() throws Exception {
    try (Connection writer = store(PostgresServer.shared()).openWriter()) {
      assertThat(PostgresStore.text(writer, "SHOW tcp_keepalives_idle")).isEqualTo("10");
      assertThat(PostgresStore.text(writer, "SHOW tcp_keepalives_interval")).isEqualTo("5");
      assertThat(PostgresStore.text(writer, "SHOW tcp_keepalives_count")).isEqualTo("3");
      assertThat(PostgresStore.text(writer, "SHOW tcp_user_timeout")).isIn("30s", "30000");
    }
  }

  // A standby, or a DBA's limit: to be tried again, and nobody's readings are to blame.
  @Test
  void a_server_that_does_not_take_writes_now_is_unavailable() {
    for (String state : List.of("25006", "25P03", "25P04", "57P01", "08006", "53300")) {
      assertThat(PostgresFailures.of("writing", new SQLException("no", state)))
          .as(state)
          .isInstanceOf(UnavailableException.class);
    }
    assertThat(PostgresFailures.of("writing", new SQLException("no", "25001")))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void rows_that_another_hand_writes_are_refused_or_found() throws Exception {
    PostgresServer server = PostgresServer.shared();
    Database.open(store(server), SCHEMA, seal()).close();
    assertThatThrownBy(() -> byHand(server, "INSERT INTO line (text) VALUES ('x')"))
        .hasMessageContaining("seal_touched");
    byHand(
        server,
        "SET session_replication_role = replica",
        "INSERT INTO line (number, text) VALUES (7, 'by hand')");
    assertThat(AuthenticStore.check(store(server), seal()).toString())
        .contains("row 7 of table line was added");
    assertThatThrownBy(() -> Database.open(store(server), SCHEMA, seal()))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("row 7 of table line was added");
  }

  @Test
  void a_trigger_that_another_hand_adds_refuses_the_next_write() throws Exception {
    PostgresServer server = PostgresServer.shared();
    try (Database database = Database.open(store(server), SCHEMA, seal())) {
      database.write(connection -> add(connection, "a"));
      byHand(
          server,
          "CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS"
              + " 'BEGIN NEW.text := upper(NEW.text); RETURN NEW; END'",
          "CREATE TRIGGER mine BEFORE INSERT ON line FOR EACH ROW EXECUTE FUNCTION mine()");
      assertThatThrownBy(() -> database.write(connection -> add(connection, "b")))
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("schema");
    }
  }

  // What would run in our writer, and be sealed in our name.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER TABLE line ALTER COLUMN text SET DEFAULT 'x'",
        "CREATE TABLE evil.heir () INHERITS (line)",
        "CREATE OPERATOR = (LEFTARG = text, RIGHTARG = varchar, FUNCTION = evil.eq)"
      })
  void what_another_hand_declares_refuses_the_next_write(String declared) throws Exception {
    PostgresServer server = PostgresServer.shared();
    try (Database database = Database.open(store(server), SCHEMA, seal())) {
      database.write(connection -> add(connection, "a"));
      byHand(
          server,
          "DROP SCHEMA IF EXISTS evil CASCADE",
          "CREATE SCHEMA evil",
          "CREATE FUNCTION evil.eq(text, varchar) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
          declared);
      assertThatThrownBy(() -> database.write(connection -> add(connection, "b")))
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("schema");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "00", "7fffffff", "ffffffff", "0000000100000014fffffffe", "00000001"})
  void a_seal_of_no_row_is_damage_and_takes_no_memory(String key) {
    assertThatThrownBy(() -> RecordBytes.values(Bytes.ofHex(key).toArray()))
        .isInstanceOf(CorruptException.class);
  }

  @Test
  void a_wrong_password_is_refused_without_a_word_of_it() throws Exception {
    Path password = dir.resolve("password");
    Files.writeString(password, "not-the-password\n");
    var wrong = new PostgresStore(way(PostgresServer.shared(), password), schema);
    assertThatThrownBy(() -> Database.open(wrong, SCHEMA, seal()))
        .isInstanceOf(UnavailableException.class)
        .satisfies(e -> assertThat(told(e)).doesNotContain("not-the-password"));
  }

  private static String told(Throwable thrown) {
    var out = new StringBuilder();
    for (Throwable e = thrown; e != null; e = e.getCause()) {
      out.append(e).append('\n');
    }
    return out.toString();
  }
}
