package io.telltale.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseTest {
  private static final String TABLE = "CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT) STRICT;";

  @TempDir Path dir;

  private Database open(String... migrations) {
    return TestStores.open(dir.resolve("x.db"), List.of(migrations));
  }

  private static Integer insert(Connection connection, int n, String text) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("INSERT INTO t VALUES (?, ?)")) {
      statement.setInt(1, n);
      statement.setString(2, text);
      return statement.executeUpdate();
    }
  }

  private static int count(Database database) {
    return database.read(
        connection -> {
          try (var statement = connection.createStatement();
              ResultSet rows = statement.executeQuery("SELECT count(*) FROM t")) {
            rows.next();
            return rows.getInt(1);
          }
        });
  }

  @Test
  void what_was_written_is_there_after_reopening() {
    try (Database database = open(TABLE)) {
      database.write(connection -> insert(connection, 1, "a"));
    }
    try (Database database =
        open(TABLE, "INSERT INTO t VALUES (2, 'b'); DELETE FROM t WHERE n=9")) {
      assertThat(count(database)).isEqualTo(2);
    }
  }

  @Tag("sqlite")
  @Test
  void every_file_is_for_its_owner_only() throws Exception {
    try (Database database = open(TABLE)) {
      database.write(connection -> insert(connection, 1, "a"));
      try (var files = Files.list(dir)) {
        assertThat(files)
            .hasSize(3)
            .allSatisfy(
                file ->
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .isEqualTo("rw-------"));
      }
    }
  }

  @Test
  void refuses_a_file_of_a_newer_program() {
    open(TABLE, "SELECT 1").close();
    assertThatThrownBy(() -> open(TABLE))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("newer program");
  }

  @Test
  void a_failing_migration_changes_nothing_and_opens_nothing() {
    open(TABLE).close();
    assertThatThrownBy(
            () -> open(TABLE, "INSERT INTO t VALUES (1, 'x'); INSERT INTO nowhere VALUES (1)"))
        .isInstanceOf(IllegalStateException.class);
    try (Database database = open(TABLE)) {
      assertThat(count(database)).isZero();
    }
  }

  @Tag("sqlite")
  @Test
  void refuses_a_file_that_is_no_database() throws Exception {
    Files.writeString(dir.resolve("x.db"), "this is not a database, it only says so. ".repeat(200));
    assertThatThrownBy(() -> open(TABLE)).isInstanceOf(CorruptException.class);
  }

  @Test
  void work_that_fails_is_undone_alone() throws Exception {
    try (Database database = open(TABLE)) {
      var gate = new CountDownLatch(1);
      CompletableFuture<?> first =
          database.writeLater(
              connection -> {
                awaitQuietly(gate);
                return insert(connection, 1, "kept");
              });
      CompletableFuture<?> failing =
          database.writeLater(
              connection -> {
                insert(connection, 2, "undone");
                throw new IllegalArgumentException("no");
              });
      CompletableFuture<?> twice = database.writeLater(connection -> insert(connection, 1, "dup"));
      CompletableFuture<?> last = database.writeLater(connection -> insert(connection, 3, "kept"));
      gate.countDown();

      first.get();
      last.get();
      assertThat(failing).isCompletedExceptionally();
      assertThat(twice).isCompletedExceptionally();
      assertThat(count(database)).isEqualTo(2);
    }
  }

  @Test
  void an_exception_of_the_work_comes_out_as_it_is() {
    try (Database database = open(TABLE)) {
      assertThatThrownBy(
              () ->
                  database.write(
                      connection -> {
                        throw new IllegalArgumentException("mine");
                      }))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("mine");
      assertThatThrownBy(() -> database.write(connection -> insertNowhere(connection)))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Tag("sqlite")
  @Test
  void a_full_disk_fails_writes_and_frees_itself_without_a_restart() {
    try (Database database = open(TABLE)) {
      setPagesMax(database, 20);
      String large = "x".repeat(20_000);
      int stored = 0;
      boolean refused = false;
      for (int n = 0; n < 20 && !refused; n++) {
        int number = n;
        try {
          database.write(connection -> insert(connection, number, large));
          stored++;
        } catch (UnavailableException e) {
          refused = true;
        }
      }
      assertThat(refused).isTrue();
      assertThat(count(database)).isEqualTo(stored);

      setPagesMax(database, 1_000_000);
      database.write(connection -> insert(connection, 1_000, large));
      assertThat(count(database)).isEqualTo(stored + 1);
    }
  }

  @Test
  void a_transaction_that_sqlite_itself_rolled_back_fails_the_group_and_then_recovers() {
    try (Database database = open(TABLE)) {
      assertThatThrownBy(
              () ->
                  database.write(
                      connection -> {
                        insert(connection, 1, "half");
                        try (var statement = connection.createStatement()) {
                          // What SQLITE_FULL and SQLITE_IOERR may do on their own.
                          statement.execute("ROLLBACK");
                        }
                        return insert(connection, 2, "outside any transaction");
                      }))
          .isInstanceOf(RuntimeException.class);
      database.write(connection -> insert(connection, 3, "after"));
      // The work above broke the rules; what matters is that the next group is whole again.
      assertThat(count(database)).isBetween(1, 2);
    }
  }

  @Tag("sqlite")
  @Test
  void waits_for_a_writer_of_another_process_and_says_so_when_it_takes_too_long() throws Exception {
    try (Database database = open(TABLE);
        Connection other = TestStores.at(dir.resolve("x.db")).openWriter()) {
      Connections.execute(other, "BEGIN IMMEDIATE");
      CompletableFuture<?> waiting = database.writeLater(c -> insert(c, 1, "patient"));
      insert(other, 7, "other");
      Connections.execute(other, "COMMIT");
      waiting.get();

      Connections.execute(other, "BEGIN IMMEDIATE");
      assertThatThrownBy(() -> database.write(c -> insert(c, 2, "x")))
          .isInstanceOf(UnavailableException.class);
      Connections.execute(other, "ROLLBACK");
      database.write(c -> insert(c, 3, "again"));
      assertThat(count(database)).isEqualTo(3);
    }
  }

  @Test
  void actions_after_the_commit_run_in_order_before_write_returns_and_never_for_undone_work() {
    try (Database database = open(TABLE)) {
      List<Integer> seen = Collections.synchronizedList(new ArrayList<>());
      var futures = new ArrayList<CompletableFuture<?>>();
      for (int n = 0; n < 500; n++) {
        int number = n;
        futures.add(
            database.writeLater(
                connection -> {
                  database.afterCommit(() -> seen.add(number));
                  insert(connection, number, "x");
                  if (number % 7 == 0) {
                    throw new IllegalArgumentException();
                  }
                  return number;
                }));
      }
      CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new))
          .exceptionally(e -> null)
          .join();

      assertThat(seen).isSorted().hasSize(count(database)).noneMatch(n -> n % 7 == 0);
      var atReturn = new AtomicInteger();
      database.write(
          connection -> {
            database.afterCommit(() -> atReturn.set(1));
            return 0;
          });
      assertThat(atReturn).hasValue(1);
    }
  }

  @Test
  void an_action_that_throws_stops_neither_the_others_nor_the_writer() {
    try (Database database = open(TABLE)) {
      var ran = new AtomicInteger();
      database.write(
          connection -> {
            database.afterCommit(
                () -> {
                  throw new IllegalStateException("planted");
                });
            database.afterCommit(ran::incrementAndGet);
            return insert(connection, 1, "x");
          });
      assertThat(ran).hasValue(1);
      assertThat(count(database)).isEqualTo(1);
    }
  }

  @Test
  void a_write_inside_a_write_is_a_mistake_that_is_named() {
    try (Database database = open(TABLE)) {
      assertThatThrownBy(
              () -> database.write(connection -> database.write(inner -> insert(inner, 1, "x"))))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("wait for ever");
      assertThatThrownBy(() -> database.afterCommit(() -> {}))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void a_read_sees_one_state_and_cannot_write() {
    try (Database database = open(TABLE)) {
      assertThatThrownBy(() -> database.read(connection -> insert(connection, 1, "x")))
          .isInstanceOf(RuntimeException.class);
      int difference =
          database.read(
              connection -> {
                int before = countOn(connection);
                database.write(inner -> insert(inner, 1, "x"));
                return countOn(connection) - before;
              });
      assertThat(difference).isZero();
      assertThat(count(database)).isEqualTo(1);
    }
  }

  @Test
  void a_closed_database_says_so_and_finishes_what_was_queued() {
    Database database = open(TABLE);
    var futures = new ArrayList<CompletableFuture<Integer>>();
    for (int n = 0; n < 300; n++) {
      int number = n;
      futures.add(database.writeLater(connection -> insert(connection, number, "x")));
    }
    database.close();

    assertThat(futures).allSatisfy(future -> assertThat(future).isCompletedWithValue(1));
    assertThatThrownBy(() -> database.write(connection -> insert(connection, 999, "x")))
        .isInstanceOf(UnavailableException.class);
  }

  private static int countOn(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT count(*) FROM t")) {
      rows.next();
      return rows.getInt(1);
    }
  }

  private static Integer insertNowhere(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      return statement.executeUpdate("INSERT INTO nowhere VALUES (1)");
    }
  }

  private static void setPagesMax(Database database, int pages) {
    database.write(
        connection -> {
          try (var statement = connection.createStatement()) {
            return statement.execute("PRAGMA max_page_count=" + pages);
          }
        });
  }

  private static void awaitQuietly(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
