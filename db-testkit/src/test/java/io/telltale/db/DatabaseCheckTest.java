package io.telltale.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Finding;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Firm ground 35: what a database's check says, and at what cost to who is served meanwhile. */
class DatabaseCheckTest {
  private static final int ROWS = 3_000;
  private static final List<String> SCHEMA =
      List.of(
          """
          CREATE TABLE number (n INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
          CREATE TABLE name (who TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID, STRICT;
          CREATE TABLE pair (
            a TEXT NOT NULL, b INTEGER NOT NULL, text TEXT NOT NULL,
            PRIMARY KEY (a, b)) WITHOUT ROWID, STRICT;
          """);
  private static final SecretBytes KEY = SecretBytes.copyOf(new byte[32]);

  @TempDir Path dir;

  private Path file() {
    return dir.resolve("store.db");
  }

  private static StoreSeal seal() {
    return new StoreSeal("test", KEY, Entropy.system());
  }

  private Database open() {
    return Database.open(TestStores.at(file()), SCHEMA, seal());
  }

  private static int run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    }
  }

  private static void fill(Database database) {
    database.write(
        connection -> {
          String rows =
              "WITH RECURSIVE k(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM k WHERE i < %d) "
                  .formatted(ROWS - 1);
          run(connection, rows + "INSERT INTO number SELECT i, 't' FROM k");
          run(connection, rows + "INSERT INTO name SELECT 'w' || (100000 + i), 't' FROM k");
          return run(
              connection, rows + "INSERT INTO pair SELECT 'a' || (100000 + i), i, 't' FROM k");
        });
  }

  private void byHand(String sql) {
    try (Connection connection = TestStores.byHand(file())) {
      run(connection, sql);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  private static String text(StoreCheck check) {
    return check.next(StoreCheck.BEGINNING).findings().stream()
        .map(Finding::what)
        .toList()
        .toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"number", "name", "pair"})
  void of_many_rows_that_are_wrong_the_first_are_named_and_the_others_counted(String table) {
    try (Database database = open()) {
      fill(database);
      DatabaseCheck check = DatabaseCheck.of(database.store());
      byHand("UPDATE " + table + " SET text = 'u' WHERE text = 't'");
      assertThat(text(check)).contains("was edited", ": 2,995").hasSizeLessThan(1_000);
      byHand("DELETE FROM " + table);
      assertThat(text(check)).contains("was removed", ": 2,995").hasSizeLessThan(1_000);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"number", "name", "pair"})
  void a_row_that_was_removed_is_named_among_many(String table) {
    try (Database database = open()) {
      fill(database);
      byHand(
          "DELETE FROM "
              + table
              + " WHERE text = 't'"
              + " AND "
              + switch (table) {
                case "number" -> "n = 1234";
                case "name" -> "who = 'w101234'";
                default -> "b = 1234";
              });
      assertThat(text(DatabaseCheck.of(database.store())))
          .contains("1234")
          .contains("was removed")
          .doesNotContain("more rows");
    }
  }

  /**
   * The store is written to between two looks, and its rollback is the same finding all the same.
   */
  @Tag("sqlite")
  @Test
  void an_older_copy_is_the_same_finding_at_the_second_look() throws IOException {
    try (Database database = open()) {
      fill(database);
    }
    Path copy = dir.resolve("copy.db");
    Files.copy(file(), copy);
    try (Database database = open()) {
      DatabaseCheck check = DatabaseCheck.of(database.store());
      database.write(connection -> run(connection, "DELETE FROM number WHERE n = 1"));
      Files.move(copy, file(), StandardCopyOption.REPLACE_EXISTING);
      Files.deleteIfExists(dir.resolve("store.db-wal"));
      Files.deleteIfExists(dir.resolve("store.db-shm"));
      Finding first = check.next(StoreCheck.BEGINNING).findings().getFirst();
      assertThat(first.what()).contains("older copy");
      database.write(connection -> run(connection, "DELETE FROM number WHERE n = 2"));
      Finding second = check.next(StoreCheck.BEGINNING).findings().getFirst();
      assertThat(second).isNotEqualTo(first);
      assertThat(second.same(first)).isTrue();
    }
  }

  @Tag("sqlite")
  @Test
  void only_what_is_not_there_is_missing() throws IOException {
    assertThat(text(DatabaseCheck.of(TestStores.at(file()), seal()))).contains("is missing");
    Path loop = dir.resolve("loop.db");
    Files.createSymbolicLink(loop, loop);
    assertThat(text(DatabaseCheck.of(TestStores.at(loop), seal())))
        .contains("cannot be read: the disk")
        .doesNotContain("missing");
  }

  @Test
  void a_check_ends_in_the_middle_of_a_statement() {
    try (Database database = open()) {
      fill(database);
      var asked = new AtomicInteger();
      var ends =
          new CheckPace() {
            @Override
            public boolean goesOn() {
              return asked.incrementAndGet() < 3;
            }

            @Override
            public boolean goesOnAtOnce() {
              return goesOn();
            }
          };
      assertThatThrownBy(() -> DatabaseCheck.of(database.store(), ends).next(StoreCheck.BEGINNING))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("ended");
      assertThat(asked.get()).isEqualTo(3);
      assertThat(text(DatabaseCheck.of(database.store()))).isEqualTo("[]");
    }
  }
}
