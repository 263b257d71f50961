package io.telltale.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the newest events are does not hang on the index. */
class NewestEventsTest {
  private static final String TYPE = "store.anchored";

  @TempDir Path folder;
  private final XorSealer sealer = new XorSealer();
  private Ledger ledger;

  @SuppressWarnings("NullAway.Init") // set before each test
  NewestEventsTest() {}

  @BeforeEach
  void open() {
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
  }

  @AfterEach
  void close() {
    ledger.close();
  }

  private List<Long> newest(int most) {
    var found = new ArrayList<Long>();
    ledger.newest(TYPE, TenantId.DEFAULT, most, entry -> found.add(entry.index()));
    return found;
  }

  /** Two that are wanted, and 300 others behind each. */
  private void fill() {
    for (int round = 0; round < 2; round++) {
      ledger.record(LedgerTest.event(TYPE, "store-" + round));
      IntStream.range(0, 300)
          .mapToObj(
              i ->
                  CompletableFuture.runAsync(
                      () -> ledger.record(LedgerTest.event("device.registered", "device-" + i)),
                      command -> Thread.ofVirtual().start(command)))
          .toList()
          .forEach(CompletableFuture::join);
    }
    assertThat(ledger.prove(List.of(601L))).isPresent();
  }

  private void edit(String sql) throws Exception {
    try (var connection = TestStores.byHand(folder.resolve("index.db"));
        var statement = connection.createStatement()) {
      assertThat(statement.executeUpdate(sql)).isPositive();
    }
  }

  @Test
  void a_new_ledger_has_none() {
    assertThat(newest(1_000)).isEmpty();
  }

  @Test
  void come_first_as_far_as_is_asked_and_until_enough() {
    fill();
    assertThat(newest(10_000)).containsExactly(301L, 0L);
    assertThat(newest(512)).containsExactly(301L);
    var first = new ArrayList<Long>();
    ledger.newest(TYPE, TenantId.DEFAULT, 10_000, entry -> !first.add(entry.index()));
    assertThat(first).containsExactly(301L);
    sealer.destroyed = true;
    assertThat(newest(10_000)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"type = 'device.retired'", "subject = zeroblob(32)", "time = 0"})
  void are_found_whatever_the_index_says_of_them(String edit) throws Exception {
    fill();
    edit("UPDATE entry SET " + edit + " WHERE number = 301");
    assertThat(newest(10_000)).containsExactly(301L, 0L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DELETE FROM entry WHERE number = 301",
        "UPDATE entry SET tenant = 'other' WHERE number = 301",
        "UPDATE entry SET body = zeroblob(64) WHERE number = 301",
        "UPDATE entry SET leaf = (SELECT leaf FROM entry WHERE number = 0) WHERE number = 301"
      })
  void are_missed_when_the_index_has_them_no_more(String edit) throws Exception {
    fill();
    edit(edit);
    assertThatThrownBy(() -> newest(10_000))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("event 301 of");
  }

  @Test
  void of_leaves_that_no_checkpoint_covers_nothing_is_believed() throws IOException {
    fill();
    Path bundle = folder.resolve(TilePath.entries(1, TreeEdge.TILE_WIDTH));
    byte[] bytes = Files.readAllBytes(bundle);
    bytes[bytes.length / 2] ^= 1;
    Files.write(bundle, bytes);
    assertThatThrownBy(() -> newest(10_000)).isInstanceOf(CorruptException.class);
  }
}
