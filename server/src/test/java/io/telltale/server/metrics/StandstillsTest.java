package io.telltale.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Halts;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

// Firm ground 16
final class StandstillsTest {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

  private final Metrics metrics = new Metrics();
  private Instant now = NOON;
  private final Standstills standing = new Standstills(() -> now, metrics);

  @Test
  void keeps_since_when_something_stands_still_and_tells_the_newest_reason() {
    standing.tell(Halts.Kind.PIPELINE_WAITS, "", 1, "the disk is full");
    now = NOON.plusSeconds(60);
    standing.tell(Halts.Kind.PIPELINE_WAITS, "", 1, "no key");
    assertThat(standing.shown())
        .containsExactly(
            Map.of(
                "what", "pipeline-waits", "count", 1L, "since", NOON.toString(), "why", "no key"));
  }

  @Test
  void counts_what_is_left_behind_by_kind_until_it_goes_on() {
    standing.tell(Halts.Kind.MERGES_LEFT, "readings", 3, "no key");
    standing.tell(Halts.Kind.MERGES_LEFT, "minutes", 2, "no key");
    assertThat(metrics.scrape()).contains("telltale_halted{kind=\"merges-left\"} 5.0");
    standing.goesOn(Halts.Kind.MERGES_LEFT, "readings");
    assertThat(metrics.scrape()).contains("telltale_halted{kind=\"merges-left\"} 2.0");
    assertThat(metrics.scrape()).contains("telltale_halted{kind=\"ledger\"} 0.0");
    assertThat(standing.shown()).hasSize(1);
  }
}
