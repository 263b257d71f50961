package io.telltale.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.proof.Checkpoint;
import io.telltale.proof.DisclosedEvent;
import io.telltale.proof.MerkleProofs;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** AU-2. Whatever a test did to its ledger, the whole of it is verified again afterwards. */
class LedgerTest {
  @TempDir Path folder;
  private final Secrets secrets = new Secrets();
  private final XorSealer sealer = new XorSealer();
  private final BreakableDisk disk = new BreakableDisk();
  private final List<Ledger> opened = new ArrayList<>();
  private boolean damaged;

  private Ledger open() {
    var signer = StoredNoteSigner.open("telltale.local/ledger", secrets);
    Ledger ledger = Ledger.open(Factory.parts(folder, signer, secrets, sealer), disk);
    opened.add(ledger);
    return ledger;
  }

  @AfterEach
  void verify_all() {
    opened.forEach(Ledger::close);
    disk.fault = BreakableDisk.Fault.NONE;
    if (!damaged) {
      try (Ledger again = open()) {
        assertThat(again.verify()).isEmpty();
        assertThat(again.status().published()).isEqualTo(again.status().size());
      }
    }
  }

  static Event event(String type, String subject) {
    return Event.of(
        type,
        Instant.parse("2026-11-23T10:00:00Z"),
        TenantId.DEFAULT,
        "spiffe://telltale.local/default/person/operator",
        subject,
        Map.of("reason", "canary-of-" + subject, "b", "2", "aaa", "3"));
  }

  @Test
  void a_recorded_event_is_found_opened_and_proven() {
    Ledger ledger = open();
    long first = ledger.record(event("device.registered", "device-1"));
    long second = ledger.record(event("device.quarantined", "device-1"));
    assertThat(List.of(first, second)).containsExactly(0L, 1L);

    LedgerEntry entry = ledger.event(second).orElseThrow();
    assertThat(entry.event()).contains(event("device.quarantined", "device-1"));

    Ledger.Proven proven = ledger.prove(List.of(first, second)).orElseThrow();
    Checkpoint checkpoint = Checkpoint.verify(proven.checkpoint(), ledger.key()).orElseThrow();
    for (DisclosedEvent one : proven.events()) {
      Hash leaf = one.leafHash().orElseThrow();
      assertThat(
              MerkleProofs.includes(
                  leaf, one.index(), checkpoint.size(), one.path(), checkpoint.root()))
          .isTrue();
    }
    assertThat(proven.events().getFirst().event()).contains(event("device.registered", "device-1"));
  }

  @Test
  void an_event_that_is_not_there_is_not_proven() {
    Ledger ledger = open();
    ledger.record(event("device.registered", "device-1"));
    assertThat(ledger.prove(List.of(1L))).isEmpty();
    assertThat(ledger.prove(List.of(-1L))).isEmpty();
    assertThat(ledger.event(1)).isEmpty();
  }

  @Test
  void search_pages_backwards_by_type_subject_and_actor() {
    Ledger ledger = open();
    for (int i = 0; i < 30; i++) {
      ledger.record(event(i % 3 == 0 ? "device.revoked" : "token.created", "device-" + i % 5));
    }
    List<LedgerEntry> page = ledger.search(LedgerQuery.newest(4).ofType("device."));
    assertThat(page).extracting(LedgerEntry::index).containsExactly(27L, 24L, 21L, 18L);
    List<LedgerEntry> next = ledger.search(LedgerQuery.newest(4).ofType("device.").before(18));
    assertThat(next).extracting(LedgerEntry::index).containsExactly(15L, 12L, 9L, 6L);
    assertThat(ledger.search(LedgerQuery.newest(100).ofSubject("device-2"))).hasSize(6);
    assertThat(ledger.search(LedgerQuery.newest(100).ofSubject("device-"))).isEmpty();
    assertThat(ledger.search(LedgerQuery.newest(100).byActor("nobody"))).isEmpty();
    assertThat(ledger.search(LedgerQuery.newest(100).ofType("device-revoked"))).isEmpty();
  }

  @Test
  void nothing_that_an_event_says_is_on_disk_in_clear() throws IOException {
    Ledger ledger = open();
    ledger.record(event("device.registered", "planted-subject"));
    ledger.checkpoint();
    ledger.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        assertThat(bytes).as(file.toString()).doesNotContain("planted-subject", "person/operator");
      }
    }
  }

  @Test
  void an_erased_body_leaves_a_leaf_that_still_proves_its_time_and_type() {
    Ledger ledger = open();
    ledger.record(event("device.registered", "device-1"));
    sealer.destroyed = true;
    LedgerEntry entry = ledger.event(0).orElseThrow();
    assertThat(entry.event()).isEmpty();
    assertThat(entry.type()).isEqualTo("device.registered");
    assertThat(ledger.prove(List.of(0L))).isEmpty();
    assertThat(ledger.verify()).isEmpty();
  }

  @Test
  void every_published_size_is_consistent_with_every_later_one() {
    Ledger ledger = open();
    var checkpoints = new ArrayList<Checkpoint>();
    for (int i = 0; i < 12; i++) {
      record(ledger, 1 + 37 * i);
      long last = ledger.status().size() - 1;
      Bytes note = ledger.prove(List.of(last)).orElseThrow().checkpoint();
      checkpoints.add(Checkpoint.verify(note, ledger.key()).orElseThrow());
    }
    assertThat(ledger.status().size()).isGreaterThan(2_000);
    for (Checkpoint first : checkpoints) {
      for (Checkpoint second : checkpoints) {
        if (first.size() <= second.size()) {
          List<Hash> path = ledger.consistency(first.size(), second.size());
          assertThat(
                  MerkleProofs.consistent(
                      first.size(), first.root(), second.size(), second.root(), path))
              .isTrue();
        }
      }
    }
    assertThat(ledger.root(checkpoints.getFirst().size())).isEqualTo(checkpoints.getFirst().root());
    assertThatThrownBy(() -> ledger.consistency(1, 1_000_000))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void concurrent_callers_get_different_numbers_without_a_gap() {
    Ledger ledger = open();
    List<CompletableFuture<List<Long>>> callers =
        IntStream.range(0, 16)
            .mapToObj(i -> CompletableFuture.supplyAsync(() -> record(ledger, 40)))
            .toList();
    List<Long> numbers = callers.stream().flatMap(one -> one.join().stream()).sorted().toList();
    assertThat(numbers)
        .containsExactlyElementsOf(IntStream.range(0, 640).mapToObj(Long::valueOf).toList());
  }

  private static List<Long> record(Ledger ledger, int count) {
    var numbers = new ArrayList<Long>();
    for (int i = 0; i < count; i++) {
      numbers.add(ledger.record(event("token.created", "device-" + i)));
    }
    return numbers;
  }

  @Nested
  class Outboxes {
    private final MemoryOutbox outbox = new MemoryOutbox();

    private void await(Ledger ledger, long size) throws InterruptedException {
      Waiting.until("all are sequenced", 20, () -> ledger.status().size() >= size);
      assertThat(ledger.status().size()).isEqualTo(size);
    }

    @Test
    void are_drained_in_order_exactly_once_over_restarts() throws InterruptedException {
      outbox.forgetful = true;
      for (int round = 0; round < 4; round++) {
        Ledger ledger = open();
        ledger.attach(outbox);
        for (int i = 0; i < 50; i++) {
          outbox.commit(event("device.registered", "device-" + (50 * round + i)));
        }
        await(ledger, 50L * (round + 1));
        ledger.close();
      }
      Ledger ledger = open();
      for (int i = 0; i < 200; i++) {
        assertThat(ledger.event(i).orElseThrow().event().orElseThrow().subject())
            .isEqualTo("device-" + i);
      }
    }

    @Test
    void go_on_behind_an_event_that_no_leaf_can_hold() throws InterruptedException {
      Ledger ledger = open();
      ledger.attach(outbox);
      Event good = event("device.registered", "device-0");
      outbox.commit(event("record.dead_lettered", "record/0:1"));
      var large = Map.of("why", "x".repeat(300_000));
      var early = Instant.EPOCH.minusSeconds(1);
      outbox.commit(Event.of("Not A Type", early, good.tenant(), "a", "\ud800", large));
      outbox.commit(good);
      await(ledger, 3);
      awaitEmptyOutbox();
      Event first = ledger.event(0).orElseThrow().event().orElseThrow();
      assertThat(first.type()).isEqualTo("event.unfit");
      assertThat(first.subject()).isEqualTo("record/0:1");
      assertThat(first.details()).containsEntry("type", "record.dead_lettered");
      assertThat(ledger.event(2).orElseThrow().event().orElseThrow()).isEqualTo(good);
    }

    @Test
    void wait_while_sealing_is_unavailable_and_go_on_in_order() throws InterruptedException {
      Ledger ledger = open();
      ledger.attach(outbox);
      sealer.unavailable = true;
      outbox.commit(event("device.registered", "device-0"));
      outbox.commit(event("device.registered", "device-1"));
      assertThatThrownBy(() -> ledger.record(event("query.started", "q")))
          .isInstanceOf(UnavailableException.class);
      assertThat(ledger.status().size()).isZero();
      sealer.unavailable = false;
      await(ledger, 2);
      awaitEmptyOutbox();
    }

    /** The outbox hears of what is sequenced just after the ledger shows it. */
    private void awaitEmptyOutbox() throws InterruptedException {
      Waiting.until("the outbox is empty", 20, () -> outbox.size() == 0);
    }

    @Test
    void with_a_missing_number_stop_the_ledger() throws InterruptedException {
      Ledger ledger = open();
      outbox.commit(event("device.registered", "device-0"));
      outbox.skipNumber();
      outbox.commit(event("device.registered", "device-1"));
      ledger.attach(outbox);
      Waiting.until("it tells a problem", 20, () -> !ledger.status().problem().isEmpty());
      assertThat(ledger.status().problem()).contains("the outbox registry has event 3 where");
      assertThatThrownBy(() -> ledger.record(event("query.started", "q")))
          .isInstanceOf(CorruptException.class);
    }
  }

  @Nested
  class A_disk_that_fails {
    @Test
    void delays_checkpoints_and_loses_nothing() {
      for (BreakableDisk.Fault fault :
          List.of(BreakableDisk.Fault.LOSE_WRITE, BreakableDisk.Fault.LOSE_REPLY)) {
        Ledger ledger = open();
        long before = ledger.status().size();
        disk.fault = fault;
        record(ledger, 300);
        assertThat(ledger.status().size()).isEqualTo(before + 300);
        disk.fault = BreakableDisk.Fault.NONE;
        assertThat(ledger.prove(List.of(before + 299))).isPresent();
        ledger.close();
      }
    }

    @Test
    void at_any_write_of_a_publication_leaves_a_ledger_that_opens_and_verifies() {
      for (int write = 1; write <= 12; write++) {
        Ledger ledger = open();
        record(ledger, 90);
        disk.failAfter(write);
        record(ledger, 30);
        ledger.close();
        disk.failAfter(Integer.MAX_VALUE);
        disk.fault = BreakableDisk.Fault.NONE;
      }
      assertThat(open().status().size()).isEqualTo(12 * 120);
    }
  }

  @Nested
  class Damage_is_found_at_open {
    private void filled() {
      try (Ledger ledger = open()) {
        record(ledger, 600);
      }
      opened.clear();
      damaged = true;
    }

    private void refusesNaming(String... words) {
      assertThatThrownBy(LedgerTest.this::open)
          .isInstanceOf(CorruptException.class)
          .hasMessageContainingAll(words);
    }

    private void flip(String file) throws IOException {
      Path path = folder.resolve(file);
      byte[] bytes = Files.readAllBytes(path);
      bytes[bytes.length - 1] ^= 1;
      Files.write(path, bytes);
    }

    @Test
    void in_a_tile_that_grows() throws IOException {
      filled();
      flip("tile/0/002.p/88");
      refusesNaming("tile");
    }

    @Test
    void in_a_higher_tile() throws IOException {
      filled();
      flip("tile/1/000.p/2");
      refusesNaming("tiles", "root of its checkpoint");
    }

    @Test
    void in_one_of_the_last_entries() throws IOException {
      filled();
      flip("tile/entries/002.p/88");
      String index = TestStores.at(folder.resolve("index.db")).place();
      refusesNaming("event", index + " is not the published one", "altered", "from one moment");
    }

    @Test
    void in_the_checkpoint() throws IOException {
      filled();
      flip("checkpoint");
      refusesNaming("checkpoint");
    }

    @Test
    void when_a_tile_is_cut_off_or_gone() throws IOException {
      filled();
      Path tile = folder.resolve("tile/0/002.p/88");
      Files.write(tile, Arrays.copyOf(Files.readAllBytes(tile), 100));
      refusesNaming("tile/0/002.p/88");
      Files.delete(tile);
      refusesNaming("tile/0/002.p/88", "missing");
    }

    @Test
    void when_the_index_has_lost_an_event_that_is_not_published_yet() throws SQLException {
      filled();
      disk.fault = BreakableDisk.Fault.LOSE_WRITE;
      try (Ledger ledger = open()) {
        record(ledger, 5);
      }
      disk.fault = BreakableDisk.Fault.NONE;
      index("DELETE FROM entry WHERE number=602");
      refusesNaming("has event 603 where 602 must follow");
    }

    @Test
    void when_an_older_checkpoint_is_put_back() throws IOException {
      byte[] older;
      try (Ledger ledger = open()) {
        record(ledger, 10);
        older = ledger.prove(List.of(9L)).orElseThrow().checkpoint().toArray();
      }
      filled();
      Files.write(folder.resolve("checkpoint"), older);
      refusesNaming("checkpoint", "was published");
    }

    @Test
    void when_the_checkpoint_is_removed() throws IOException {
      filled();
      Files.delete(folder.resolve("checkpoint"));
      refusesNaming("checkpoint");
    }

    @Test
    void when_another_key_signed() {
      filled();
      secrets.forget("ledger-note-seed");
      refusesNaming("checkpoint", "not signed by");
    }
  }

  private void index(String change) throws SQLException {
    Path index = folder.resolve("index.db");
    try (Connection connection = TestStores.byHand(index);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(change);
    }
  }

  /** What opening does not read is read before a proof is given, and in the background. */
  @Nested
  class Damage_far_back {
    private Ledger damaged(String file) throws IOException {
      try (Ledger ledger = open()) {
        record(ledger, 600);
      }
      opened.clear();
      damaged = true;
      Path path = folder.resolve(file);
      byte[] bytes = Files.readAllBytes(path);
      bytes[bytes.length - 1] ^= 1;
      Files.write(path, bytes);
      return open();
    }

    private void isFound(Ledger ledger, String... words) {
      var found = new ArrayList<String>();
      StoreCheck check = ledger.check();
      StoreCheck.Step step = check.next(StoreCheck.BEGINNING);
      while (!step.last()) {
        step.findings().forEach(finding -> found.add(finding.text()));
        step = check.next(step.position());
      }
      step.findings().forEach(finding -> found.add(finding.text()));
      assertThat(found.toString()).contains(words);
      assertThat(ledger.status().problem()).isEmpty();
      ledger.condemn(found.getFirst());
      assertThat(ledger.status().problem()).isEqualTo(found.getFirst());
      assertThat(ledger.verify())
          .hasValueSatisfying(one -> assertThat(one.text()).isEqualTo(found.getFirst()));
    }

    @Test
    void in_a_tile_proves_nothing_and_is_found() throws IOException {
      Ledger ledger = damaged("tile/0/000");
      assertThatThrownBy(() -> ledger.prove(List.of(254L)))
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("telltale ledger verify");
      assertThat(ledger.prove(List.of(599L))).isPresent();
      isFound(ledger, "tile/0/000");
    }

    @Test
    void in_an_entry_is_found() throws IOException {
      isFound(damaged("tile/entries/000"), "event", "is not the published one");
    }

    @Test
    void in_the_index_is_found() throws IOException, SQLException {
      try (Ledger ledger = open()) {
        record(ledger, 600);
      }
      opened.clear();
      damaged = true;
      index("DELETE FROM entry WHERE number=17");
      isFound(open(), " 17 ");
    }
  }

  @Test
  void a_torn_temporary_file_is_no_harm() throws IOException {
    try (Ledger ledger = open()) {
      record(ledger, 10);
    }
    Files.write(folder.resolve(".checkpoint.draft"), new byte[] {1, 2});
    Files.write(folder.resolve("tile/0/.000.draft"), new byte[] {1, 2});
    assertThat(record(open(), 5)).contains(14L);
  }
}
