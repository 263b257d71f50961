package io.telltale.lake.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Event;
import io.telltale.kernel.TenantId;
import io.telltale.lake.Lake;
import io.telltale.lake.QueryLimits;
import io.telltale.lake.RawRow;
import io.telltale.lake.TablePointer;
import io.telltale.lake.TestKeys;
import io.telltale.lake.TestLake;
import io.telltale.ledger.BodySealer;
import io.telltale.ledger.Ledger;
import io.telltale.ledger.LedgerParts;
import io.telltale.ledger.LedgerQuery;
import io.telltale.ledger.SecretStore;
import io.telltale.ledger.StoredNoteSigner;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nobody rolls a table back unseen. */
@Timeout(60)
class RollbackTest {
  @TempDir Path folder;
  private final TestKeys keys = new TestKeys();
  private Ledger ledger;

  @BeforeEach
  void open_the_ledger() {
    SecretStore secrets =
        (name, size) -> {
          byte[] secret = new byte[size];
          Arrays.fill(secret, (byte) name.length());
          return SecretBytes.adopt(secret);
        };
    ledger =
        Ledger.open(
            new LedgerParts(
                folder.resolve("ledger"),
                TestStores.at(index()),
                StoredNoteSigner.open("telltale.local/ledger", secrets),
                secrets,
                new Plain(),
                Entropy.system(),
                System::nanoTime));
  }

  private Path index() {
    return folder.resolve("ledger").resolve("index.db");
  }

  @AfterEach
  void close_the_ledger() {
    ledger.close();
  }

  /** What is sealed matters elsewhere. */
  private static final class Plain implements BodySealer {
    @Override
    public Bytes seal(TenantId tenant, Bytes context, Bytes body) {
      return body;
    }

    @Override
    public Optional<Bytes> open(TenantId tenant, Bytes context, Bytes sealed) {
      return Optional.of(sealed);
    }
  }

  private TestLake lake() {
    return new TestLake(
        folder.resolve("lake"), keys, objects -> objects, outbox -> Lake.history(ledger, outbox));
  }

  private void writeTo(TestLake lake, int first) {
    List<RawRow> rows = TestLake.rows(first, 10, 5);
    lake.write(rows, List.of(TestLake.minute(TestLake.NOON, 1 + first, rows)));
  }

  /** Lets the ledger take all that waits. */
  private void drain(TestLake lake) throws InterruptedException {
    ledger.attach(lake.outbox);
    Waiting.until("the ledger has taken all", 60, () -> lake.outbox.after(0, 1).isEmpty());
    // The lake is about to close: its outbox must not be asked any more.
    ledger.close();
    open_the_ledger();
  }

  private void copy(String from, String to) throws IOException, SQLException {
    TestStores.copy(folder.resolve("lake").resolve(from), folder.resolve("lake").resolve(to));
  }

  /** Leaves what the database was before its newest rows in {@code old.db}. */
  private void writeKeepAndWriteOn() throws Exception {
    try (TestLake lake = lake()) {
      writeTo(lake, 0);
      drain(lake);
    }
    copy("pipeline.db", "old.db");
    try (TestLake lake = lake()) {
      writeTo(lake, 10);
      drain(lake);
    }
  }

  @Test
  void an_older_database_put_back_over_a_newer_one_is_refused() throws Exception {
    writeKeepAndWriteOn();
    copy("pipeline.db", "new.db");
    copy("old.db", "pipeline.db");
    assertThatThrownBy(this::lake)
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("readings is not where the ledger last saw it")
        .hasMessageContaining("stands at version 2, but its last recorded move was to version 3")
        .hasMessageContaining("Put the newest one back");
    copy("new.db", "pipeline.db");
    lake().close();
  }

  @Test
  void an_older_ledger_is_named_as_what_may_be_the_older_one() throws Exception {
    try (TestLake lake = lake()) {
      writeTo(lake, 0);
      drain(lake);
    }
    ledger.close();
    copyFolder("ledger", "older");
    Path olderIndex = folder.resolve("older-index.db");
    TestStores.copy(index(), olderIndex);
    open_the_ledger();
    try (TestLake lake = lake()) {
      writeTo(lake, 10);
      drain(lake);
    }
    ledger.close();
    Files.move(folder.resolve("ledger"), folder.resolve("newer"));
    Files.move(folder.resolve("older"), folder.resolve("ledger"));
    TestStores.copy(olderIndex, index());
    open_the_ledger();
    assertThatThrownBy(this::lake)
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("stands at version 3, but its last recorded move was to version 2")
        .hasMessageContaining("The ledger is the older one")
        .hasMessageContaining("restore the whole data folder of one moment");
  }

  private void copyFolder(String from, String to) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve(from))) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path name = folder.resolve(from).relativize(file);
        Files.copy(file, folder.resolve(to).resolve(name.toString()));
      }
    }
  }

  @Test
  void an_older_database_that_was_written_on_is_refused_too() throws Exception {
    writeKeepAndWriteOn();
    copy("old.db", "pipeline.db");
    try (var apart =
        new TestLake(
            folder.resolve("lake"),
            keys,
            objects -> objects,
            outbox -> table -> TestLake.lastMove(outbox, table).or(() -> firstMove(table)))) {
      writeTo(apart, 20);
      writeTo(apart, 30);
    }
    assertThatThrownBy(this::lake)
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("does not follow on the ledger's last one");
  }

  // What the thief's own program would be told: the first move, as the old database knows it.
  private Optional<Event> firstMove(String table) {
    LedgerQuery moves =
        LedgerQuery.newest(10).ofType(PointerGuard.MOVED).ofSubject(PointerGuard.subject(table));
    return ledger.search(moves).getLast().event();
  }

  @Test
  void moves_that_wait_for_the_ledger_explain_where_a_table_stands() throws Exception {
    try (TestLake lake = lake()) {
      writeTo(lake, 0);
      drain(lake);
      writeTo(lake, 10);
    }
    try (TestLake lake = lake()) {
      writeTo(lake, 20);
    }
    lake().close();
  }

  @Test
  void a_database_that_is_gone_is_noticed() throws Exception {
    try (TestLake lake = lake()) {
      writeTo(lake, 0);
      drain(lake);
    }
    TestStores.delete(folder.resolve("lake").resolve("pipeline.db"));
    assertThatThrownBy(this::lake)
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("stands at version 0");
  }

  @Test
  void a_pointer_moved_back_under_a_running_program_stops_questions_and_writing() {
    try (TestLake lake = lake()) {
      writeTo(lake, 0);
      TablePointer old = lake.lake.pointers().getFirst();
      writeTo(lake, 10);
      lake.moveBackTo(old);
      assertThatThrownBy(
              () ->
                  lake.lake
                      .query()
                      .run(
                          TestLake.ANALYST,
                          "SELECT count(*) FROM readings",
                          "test",
                          QueryLimits.DEFAULT))
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("lake/pipeline.db");
      assertThatThrownBy(() -> writeTo(lake, 20))
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("under this program");
      assertThat(lake.lake.pointers().getFirst()).isEqualTo(old);
    }
  }
}
