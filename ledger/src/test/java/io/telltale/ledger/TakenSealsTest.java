package io.telltale.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.CorruptException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 5: what is believed because it lies in our own file, and what is made anew. */
class TakenSealsTest {
  @TempDir Path folder;
  private final Secrets secrets = new Secrets();
  private final XorSealer sealer = new XorSealer();

  private Ledger open() {
    var signer = StoredNoteSigner.open("telltale.local/ledger", secrets);
    return Ledger.open(
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

  private void record(String... types) {
    try (Ledger ledger = open()) {
      for (String type : types) {
        ledger.record(LedgerTest.event(type, "device-1"));
      }
    }
  }

  private void takeSealsOff() throws SQLException {
    try (var connection = TestStores.byHand(folder.resolve("index.db"));
        var statement = connection.createStatement()) {
      for (String table : List.of("seal_head", "seal_row", "seal_bucket", "seal_change")) {
        statement.executeUpdate("DROP TABLE " + table);
      }
      statement.executeUpdate("UPDATE published SET size = 0");
    }
  }

  @Test
  void an_index_whose_seals_were_taken_off_is_refused_again_and_again() throws SQLException {
    record("store.anchored", "device.registered");
    takeSealsOff();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(this::open)
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining(TestStores.at(folder, "index.db").place())
          .hasMessageContaining("no seals any more");
    }
  }

  @Test
  void an_index_from_before_there_were_seals_is_adopted() throws SQLException {
    record("device.registered");
    takeSealsOff();
    try (Ledger ledger = open()) {
      assertThat(ledger.search(LedgerQuery.newest(10))).hasSize(1);
    }
  }

  @Test
  void a_lost_key_by_which_events_are_found_is_not_made_anew() {
    record("device.registered");
    secrets.forget("ledger-name-key");
    assertThatThrownBy(this::open)
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("ledger-name-key")
        .hasMessageContaining("newest copy");
    assertThat(secrets.has("ledger-name-key")).isFalse();
  }
}
