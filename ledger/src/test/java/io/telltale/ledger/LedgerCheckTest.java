package io.telltale.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Event;
import io.telltale.kernel.Finding;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Firm ground 35: the tree and its index are read again while the ledger is in use. */
class LedgerCheckTest {
  private static final int EVENTS = 600;

  @TempDir Path folder;
  private final XorSealer sealer = new XorSealer();
  private Ledger ledger;

  @SuppressWarnings("NullAway.Init") // set before each test
  LedgerCheckTest() {}

  @BeforeEach
  void filled() {
    var secrets = new Secrets();
    var signer = StoredNoteSigner.open("telltale.local/ledger", secrets);
    ledger =
        Ledger.open(
            new LedgerParts(
                folder,
                TestStores.at(folder.resolve("index.db")),
                signer,
                secrets,
                sealer,
                TestEntropy.seeded(),
                Duration.ofMillis(5),
                System::nanoTime));
    // At once, for one commit of many.
    IntStream.range(0, EVENTS)
        .mapToObj(
            i ->
                CompletableFuture.runAsync(
                    () -> ledger.record(LedgerTest.event("device.registered", "device-" + i)),
                    command -> Thread.ofVirtual().start(command)))
        .toList()
        .forEach(CompletableFuture::join);
    assertThat(ledger.prove(List.of((long) EVENTS - 1))).isPresent();
  }

  private void stored(String offsets) {
    ledger.record(
        Event.of(
            "batch.stored",
            Instant.parse("2026-11-23T10:00:00Z"),
            TenantId.DEFAULT,
            "spiffe://telltale.local/default/service/pipeline",
            "batch/1",
            Map.of("offsets", offsets)));
  }

  @AfterEach
  void close() {
    ledger.close();
  }

  private List<Finding> findings() {
    var found = new ArrayList<Finding>();
    String position = StoreCheck.BEGINNING;
    for (boolean last = false; !last; ) {
      StoreCheck.Step step = ledger.check().next(position);
      found.addAll(step.findings());
      position = step.position();
      last = step.last();
    }
    return found;
  }

  @Test
  void a_byte_flipped_in_any_file_of_the_tree_is_found() throws IOException {
    assertThat(findings()).isEmpty();
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files =
          all.filter(Files::isRegularFile)
              .filter(file -> !file.getFileName().toString().startsWith("index.db"))
              .toList();
    }
    assertThat(files).hasSizeGreaterThan(6);
    for (Path file : files) {
      byte[] whole = Files.readAllBytes(file);
      byte[] flipped = whole.clone();
      flipped[whole.length / 2] ^= 1;
      Files.write(file, flipped);
      assertThat(findings()).as("%s", file).isNotEmpty();
      Files.write(file, whole);
    }
    assertThat(findings()).isEmpty();
  }

  private String index() {
    return TestStores.at(folder.resolve("index.db")).place();
  }

  // It blamed the two that were not.
  @Test
  void of_an_entry_that_was_altered_each_finding_names_its_file_beside_the_other()
      throws IOException {
    Path file = folder.resolve(TilePath.entries(0, TreeEdge.TILE_WIDTH));
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    assertThat(findings())
        .hasSizeGreaterThan(1)
        .allMatch(finding -> finding.text().contains(file.toString()))
        .allMatch(
            finding ->
                finding.text().contains(": one of the two was altered or is of another moment. "))
        .anyMatch(finding -> finding.where().equals(folder.resolve("tile/0/000").toString()))
        .anyMatch(finding -> finding.where().endsWith(" of " + index()))
        .allMatch(finding -> finding.text().contains(". Stop the server and put the newest copy"))
        .allMatch(finding -> finding.textOfStopped().contains(". Put the newest copy"));
  }

  // A running server tells only what it finds twice: while the last bundle grows, too.
  @Test
  void what_is_wrong_in_the_newest_events_is_the_same_when_more_have_come() throws Exception {
    try (var connection = TestStores.byHand(folder.resolve("index.db"));
        var statement = connection.createStatement()) {
      statement.executeUpdate("DELETE FROM entry WHERE number = " + (EVENTS - 1));
    }
    Finding before = findings().getFirst();
    long more = ledger.record(LedgerTest.event("device.registered", "one more"));
    assertThat(ledger.prove(List.of(more))).isPresent();
    assertThat(findings())
        .filteredOn(before::same)
        .singleElement()
        .satisfies(again -> assertThat(again.detail()).isNotEqualTo(before.detail()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "type = 'device.retired'",
        "time = time + 1",
        "subject = zeroblob(16)",
        "actor = zeroblob(16)",
        "body = zeroblob(length(body))"
      })
  void what_an_event_is_found_by_is_held_against_its_body(String edit) throws Exception {
    try (var connection = TestStores.byHand(folder.resolve("index.db"));
        var statement = connection.createStatement()) {
      statement.executeUpdate("UPDATE entry SET " + edit + " WHERE number = 300");
    }
    assertThat(findings())
        .singleElement()
        .matches(finding -> finding.where().contains("event 300 of " + index()))
        .matches(finding -> finding.remedy().contains("put the newest copy"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE batch SET number = number - 1 WHERE partition = 1 AND first = 12",
        "UPDATE batch SET number = 9999 WHERE partition = 1 AND first = 12",
        "UPDATE batch SET first = 13 WHERE partition = 1 AND first = 12",
        "DELETE FROM batch WHERE partition = 7",
        "INSERT INTO batch VALUES (1, 5, 300)",
        "INSERT INTO batch VALUES (7, 900, 600)"
      })
  void where_an_entry_of_the_log_is_found_is_held_against_the_batches(String edit)
      throws Exception {
    stored("1:0-11;7:0-255");
    stored("1:12-20;7:256-300");
    // Once more, as after a commit that was not known to stand: the newer one is found.
    stored("1:12-20");
    // More than one step of them.
    stored(
        IntStream.range(0, 400)
            .mapToObj(i -> "9:" + 2 * i + "-" + 2 * i)
            .collect(Collectors.joining(";")));
    assertThat(findings()).isEmpty();
    try (var connection = TestStores.byHand(folder.resolve("index.db"));
        var statement = connection.createStatement()) {
      assertThat(statement.executeUpdate(edit)).isPositive();
    }
    assertThat(findings())
        .isNotEmpty()
        .allMatch(finding -> finding.where().contains(index()))
        .allMatch(finding -> finding.remedy().contains("put the newest copy"));
  }

  @Test
  void a_file_that_the_disk_does_not_give_hides_none_behind_it() throws IOException {
    Path first = folder.resolve(TilePath.entries(0, TreeEdge.TILE_WIDTH));
    Files.delete(first);
    // Opens as a file does, and fails when it is read.
    Files.createDirectory(first);
    Path second = folder.resolve(TilePath.entries(1, TreeEdge.TILE_WIDTH));
    byte[] bytes = Files.readAllBytes(second);
    bytes[bytes.length / 2] ^= 1;
    Files.write(second, bytes);
    assertThat(findings())
        .anyMatch(finding -> finding.text().contains("event 0 on cannot be read: the disk"))
        .anyMatch(finding -> finding.wasRead());
  }

  @Test
  void older_forms_that_the_disk_does_not_list_are_named() throws IOException {
    Path forms = folder.resolve(TilePath.partials(TilePath.entries(0, TreeEdge.TILE_WIDTH)));
    // A link to itself stands for the disk's error.
    Files.createSymbolicLink(forms, forms.getFileName());
    assertThat(findings())
        .singleElement()
        .matches(finding -> finding.text().contains("event 0 on cannot be read: the disk"));
  }

  /** Each by itself is as we wrote it once. */
  @Test
  void older_files_of_the_tree_put_in_place_under_a_running_ledger_are_named() throws IOException {
    Path older = folder.resolve("older");
    copy(folder.resolve("tile"), older.resolve("tile"));
    Files.copy(folder.resolve("checkpoint"), older.resolve("checkpoint"));
    long more = ledger.record(LedgerTest.event("device.registered", "one more"));
    assertThat(ledger.prove(List.of(more))).isPresent();
    assertThat(findings()).isEmpty();
    Files.move(folder.resolve("tile"), folder.resolve("newer"));
    Files.move(older.resolve("tile"), folder.resolve("tile"));
    Files.copy(
        older.resolve("checkpoint"),
        folder.resolve("checkpoint"),
        StandardCopyOption.REPLACE_EXISTING);
    assertThat(findings())
        .singleElement()
        .matches(finding -> finding.text().contains("checkpoint is an older one: of 600 events"))
        .matches(finding -> finding.text().contains("of 601"));
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  /** Who closes the ledger waits for it. */
  @ParameterizedTest
  @ValueSource(strings = {StoreCheck.BEGINNING, "1", "2"})
  void a_step_ends_behind_the_piece_of_work_that_it_is_at(String position) {
    for (int pieces = 1; pieces < 60; pieces++) {
      int most = pieces;
      var asked = new AtomicInteger();
      assertThatThrownBy(() -> ledger.check().next(position, () -> asked.incrementAndGet() < most))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("was ended");
      assertThat(asked.get()).isEqualTo(most);
    }
  }

  @Test
  void a_step_over_the_batches_ends_at_a_row_and_goes_on_there() {
    stored("1:0-11;7:0-255;8:0-3");
    var asked = new AtomicInteger();
    StoreCheck.Step step = ledger.check().next("batches 0 -1", () -> asked.incrementAndGet() < 3);
    assertThat(asked.get()).isEqualTo(3);
    assertThat(step.last()).isFalse();
    assertThat(step.position()).isEqualTo("batches 7 0");
    assertThat(ledger.check().next(step.position()).last()).isTrue();
    assertThat(ledger.check().next("batches 0 -1", () -> false).position())
        .isEqualTo("batches 0 -1");
  }

  @Test
  void a_store_that_is_damaged_keeps_only_its_own_events_out_of_the_ledger() throws Exception {
    ledger.attach(
        new Outbox() {
          @Override
          public String source() {
            return "pipeline";
          }

          @Override
          public List<Numbered> after(long number, int limit) {
            throw new CorruptException("pipeline.db was edited");
          }

          @Override
          public void sequenced(long number) {}

          @Override
          public long forgotten() {
            return 0;
          }

          @Override
          public void onCommitted(Runnable listener) {}
        });
    Waiting.until("it tells a problem", 20, () -> !ledger.status().problem().isEmpty());
    assertThat(ledger.status().problem()).contains("pipeline.db was edited");
    assertThat(ledger.record(LedgerTest.event("query.started", "q"))).isEqualTo(EVENTS);
  }

  @Test
  void a_store_that_knows_more_to_be_taken_than_the_ledger_has_tells_that_it_is_older() {
    var outbox = new MemoryOutbox();
    outbox.commit(LedgerTest.event("device.registered", "device-0"));
    assertThatCode(() -> ledger.requireTaken(outbox)).doesNotThrowAnyException();
    outbox.sequenced(1);
    assertThatThrownBy(() -> ledger.requireTaken(outbox))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("is older than the store registry");
  }

  /** Whoever runs the server sees what it is, and not an error instead. */
  @Test
  void a_condemned_index_leaves_a_status() {
    ledger.store().condemn("index.db was edited");
    assertThat(ledger.status().problem()).isEqualTo("index.db was edited");
    assertThat(ledger.status().published()).isEqualTo(EVENTS);
  }

  @Test
  void bodies_of_an_erased_tenant_are_no_damage() {
    sealer.destroyed = true;
    assertThat(findings()).isEmpty();
  }
}
