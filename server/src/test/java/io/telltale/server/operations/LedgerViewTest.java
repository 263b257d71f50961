package io.telltale.server.operations;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Event;
import io.telltale.kernel.TenantId;
import io.telltale.ledger.Ledger;
import io.telltale.server.Closing;
import io.telltale.server.Config;
import io.telltale.server.ConfigReader;
import io.telltale.server.Foundation;
import io.telltale.server.api.LedgerPages.Entry;
import io.telltale.server.api.LedgerPages.Page;
import io.telltale.server.api.LedgerPages.Search;
import io.telltale.server.data.DataFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LD-1: what an auditor who knows a device's id finds, and what a damaged ledger says. */
class LedgerViewTest {
  private static final String PUMP = "spiffe://telltale.local/default/device/pump-1";
  private static final String OPERATOR = "spiffe://telltale.local/default/person/operator";

  @TempDir Path data;

  private void withLedger(Consumer<Ledger> use) {
    Config config =
        switch (ConfigReader.read(Optional.empty(), Map.of(), data)) {
          case ConfigReader.Outcome.Ready(Config read) -> read;
          case ConfigReader.Outcome.Mistakes(var problems) -> throw new AssertionError(problems);
        };
    try (var closing = new Closing()) {
      DataFolder folder = closing.add(DataFolder.at(data));
      use.accept(Foundation.open(config, folder, InstantSource.system(), closing).ledger());
    }
  }

  private static Page page(Ledger ledger, String subject, String actor, int limit) {
    return new LedgerView(ledger, "telltale.local")
        .search(
            TenantId.DEFAULT,
            new Search(
                "device.",
                subject,
                actor,
                Optional.empty(),
                Optional.empty(),
                Long.MAX_VALUE,
                limit));
  }

  private static long record(Ledger ledger, String type, String subject) {
    return ledger.record(
        Event.of(
            type,
            InstantSource.system().instant(),
            TenantId.DEFAULT,
            OPERATOR,
            subject,
            Map.of("n", "1")));
  }

  @Test
  void a_device_is_found_by_its_id_alone_and_by_its_whole_name() {
    withLedger(
        ledger -> {
          record(ledger, "device.registered", PUMP);
          record(ledger, "device.registered", PUMP + "0");
          for (String name : new String[] {"pump-1", PUMP}) {
            assertThat(page(ledger, name, "", 10).entries())
                .extracting(entry -> entry.event().subject())
                .containsExactly(PUMP);
          }
          assertThat(page(ledger, "", OPERATOR, 10).entries()).hasSize(2);
          assertThat(page(ledger, "", "pump-1", 10).entries()).isEmpty();
        });
  }

  @Test
  void an_event_that_cannot_be_opened_any_more_ends_no_page() {
    withLedger(
        ledger -> {
          long first = record(ledger, "device.registered", PUMP);
          long damaged = record(ledger, "device.active", PUMP);
          long last = record(ledger, "device.suspended", PUMP);
          damage(damaged);
          Page newest = page(ledger, "pump-1", "", 2);
          assertThat(newest.entries()).extracting(Entry::index).containsExactly(last);
          assertThat(newest.next()).contains(damaged);
          Page all = page(ledger, "pump-1", "", 3);
          assertThat(all.entries()).extracting(Entry::index).containsExactly(last, first);
        });
  }

  @Test
  void a_ledger_that_was_found_unsound_stays_in_the_status() {
    withLedger(
        ledger -> {
          for (int i = 0; i < 300; i++) {
            record(ledger, "device.registered", PUMP);
          }
          var desk = new LedgerView(ledger, "telltale.local");
          assertThat(ledger.prove(List.of(299L))).isPresent();
          assertThat(desk.verify().problem()).isEmpty();
          flip(data.resolve("ledger/tile/0/000"));
          String problem = desk.verify().problem();
          assertThat(problem).isNotEmpty();
          assertThat(ledger.status().problem()).isEqualTo(problem);
        });
  }

  private void damage(long index) {
    String file = "jdbc:sqlite:" + data.resolve("ledger/index.db");
    try (Connection connection = DriverManager.getConnection(file);
        Statement edit = connection.createStatement()) {
      String sql = "UPDATE entry SET body = zeroblob(length(body)) WHERE number = " + index;
      assertThat(edit.executeUpdate(sql)).isEqualTo(1);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  private static void flip(Path file) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
