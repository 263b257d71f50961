package io.telltale.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Event;
import io.telltale.kernel.TenantId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** AU-2: events are found by when they were. */
class SearchTimesTest {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

  @TempDir Path folder;

  private static Instant hour(int hours) {
    return NOON.plus(Duration.ofHours(hours));
  }

  private Ledger open() {
    var secrets = new Secrets();
    var signer = StoredNoteSigner.open("telltale.local/ledger", secrets);
    return Ledger.open(
        Factory.parts(folder, signer, secrets, new XorSealer()), new BreakableDisk());
  }

  private static List<Long> found(Ledger ledger, LedgerQuery query) {
    return ledger.search(query).stream().map(LedgerEntry::index).toList();
  }

  @Test
  void search_finds_from_one_time_on_and_before_another() {
    try (Ledger ledger = open()) {
      for (int i = 0; i < 6; i++) {
        ledger.record(
            Event.of(
                "token.created",
                hour(i),
                TenantId.DEFAULT,
                "system",
                "device-1",
                Map.of("a", "b")));
      }
      for (LedgerQuery query :
          List.of(
              LedgerQuery.newest(10),
              LedgerQuery.newest(10).ofType("token."),
              LedgerQuery.newest(10).ofSubject("device-1"))) {
        assertThat(found(ledger, query.since(hour(1)).until(hour(4)))).containsExactly(3L, 2L, 1L);
        assertThat(found(ledger, query.since(hour(4)))).containsExactly(5L, 4L);
        assertThat(found(ledger, query.until(NOON))).isEmpty();
        // An event of noon is before half a millisecond after it, and not from then on.
        assertThat(found(ledger, query.until(NOON.plusNanos(500_000)))).containsExactly(0L);
        assertThat(found(ledger, query.since(hour(5).plusNanos(1)))).isEmpty();
      }
    }
  }
}
