package io.telltale.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 35: what the check of a large store takes of memory and disk is bounded. */
@Tag("sqlite")
class LargeStoreTest {
  private static final List<String> SCHEMA =
      List.of(
          """
          CREATE TABLE number (n INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
          CREATE TABLE pair (
            a TEXT NOT NULL, b INTEGER NOT NULL, text TEXT NOT NULL,
            PRIMARY KEY (a, b)) WITHOUT ROWID, STRICT;
          CREATE TABLE large (one INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
          """);
  private static final int ROWS_A_COMMIT = 5_000;
  private static final int LARGE = 16 << 20;

  @TempDir Path dir;

  private static Database open(Path file) {
    return TestStores.open(file, SCHEMA);
  }

  private static int run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    }
  }

  private static void fill(Database database, long rows) {
    for (long from = 0; from < rows; from += ROWS_A_COMMIT) {
      String these =
          "WITH RECURSIVE k(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM k WHERE i < %d) "
              .formatted(from, Math.min(rows, from + ROWS_A_COMMIT) - 1);
      database.write(
          connection ->
              run(connection, these + "INSERT INTO number SELECT i, 't' FROM k WHERE i % 2 = 0")
                  + run(
                      connection,
                      these
                          + "INSERT INTO pair"
                          + " SELECT printf('a%08d', i), i, 't' FROM k WHERE i % 2 = 1"));
    }
  }

  /** What runs in a process of its own, with little memory: a file's name and how many rows. */
  public static void main(String[] args) throws SQLException {
    Path file = Path.of(args[0]);
    long rows = Long.parseLong(args[1]);
    try (Database database = open(file)) {
      fill(database, rows);
      var check = DatabaseCheck.of(database.store());
      for (String edit : List.of("UPDATE %s SET text = 'u'", "DELETE FROM %s")) {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
          run(connection, edit.formatted("number"));
          run(connection, edit.formatted("pair"));
        }
        check.next(StoreCheck.BEGINNING).findings().forEach(one -> System.out.println(one.what()));
      }
    }
  }

  private void areCounted(String rows, String heap, String others) throws Exception {
    Path out = dir.resolve("out");
    long begun = System.nanoTime();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                LargeStoreTest.class.getName(),
                dir.resolve("store.db").toString(),
                rows)
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    try {
      assertThat(process.waitFor(40, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    System.out.printf(
        "%s rows edited, then removed, in -Xmx%s: %d s with making them%n",
        rows, heap, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun));
    assertThat(process.exitValue()).as(Files.readString(out)).isZero();
    assertThat(Files.readString(out))
        .contains("of table number was edited", "of table number was removed")
        .contains("of table pair was edited", "of table pair was removed")
        .contains(others);
  }

  @Test
  void rows_that_are_edited_or_removed_are_counted_in_little_memory() throws Exception {
    areCounted("100000", "32m", "49,995");
  }

  @Test
  @Tag("deep")
  void five_million_rows_that_are_edited_or_removed_are_counted_in_512_MiB() throws Exception {
    areCounted("5000000", "512m", "2,499,995");
  }

  /** The check's read keeps the log from being cut, so that a store that is written to waits. */
  @Test
  void the_write_ahead_log_is_bounded_while_a_check_reads_and_much_is_committed()
      throws IOException {
    Path log = dir.resolve("store.db-wal");
    try (Database database = open(dir.resolve("store.db"))) {
      fill(database, 20_000);
      var rests = new AtomicInteger();
      var commits = new AtomicInteger();
      var pace =
          new CheckPace() {
            @Override
            public boolean goesOn() {
              rests.incrementAndGet();
              return goesOnAtOnce();
            }

            @Override
            public boolean goesOnAtOnce() {
              database.write(
                  connection ->
                      run(
                          connection,
                          "INSERT OR REPLACE INTO large VALUES (1, randomblob(%d))"
                              .formatted(LARGE)));
              return commits.incrementAndGet() < 60;
            }
          };
      long before = Files.size(log);
      assertThatThrownBy(() -> DatabaseCheck.of(database.store(), pace).next(StoreCheck.BEGINNING))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("write-ahead log grew too much");
      long grown = Files.size(log) - before;
      System.out.printf(
          "the log grew by %d MiB in %d commits, with %d rests%n",
          grown >> 20, commits.get(), rests.get());
      assertThat(grown).isLessThan((256L << 20) + 2 * LARGE);
      assertThat(rests.get()).as("rests up to 64 MiB").isLessThanOrEqualTo((64 << 20) / LARGE + 1);
      // It is let go of with the read, and comes down to what is left of a log in any case.
      for (int i = 0; i < 20 && Files.size(log) > 64 << 20; i++) {
        String edit = "UPDATE number SET text = 'u%d' WHERE n = 0".formatted(i);
        database.write(connection -> run(connection, edit));
      }
      assertThat(Files.size(log)).isLessThanOrEqualTo(64 << 20);
      assertThat(DatabaseCheck.of(database.store()).next(StoreCheck.BEGINNING).findings())
          .isEmpty();
    }
  }
}
