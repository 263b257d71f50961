package io.telltale.server.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.server.upkeep.Ending.Stage;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Firm ground 24: what we stand on says how near its end is, months, weeks and days before. */
class EndingTest {
  private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");

  private static Ending in(Duration left, Duration warnedBefore) {
    return new Ending("ca-root", Optional.of(NOW.plus(left)), warnedBefore, "make another");
  }

  @ParameterizedTest
  @CsvSource({
    "P366D, good",
    "P365DT1S, good",
    "P365D, near",
    "P30DT1S, near",
    "P30D, within-a-month",
    "P7DT1S, within-a-month",
    "P7D, within-a-week",
    "PT1S, within-a-week",
    "PT0S, ended",
    "PT-1S, ended",
    "P-400D, ended"
  })
  void is_near_a_year_a_month_and_a_week_before(Duration left, String stage) {
    Ending ending = in(left, Duration.ofDays(365));
    assertThat(ending.stage(NOW).text()).isEqualTo(stage);
    assertThat(ending.shown(NOW))
        .containsEntry("stage", stage)
        .containsEntry("ends", NOW.plus(left).toString())
        .containsEntry("remedy", "make another");
  }

  @Test
  void what_renews_itself_is_near_only_once_it_should_have_been_renewed() {
    assertThat(in(Duration.ofDays(6), Duration.ofDays(5)).stage(NOW)).isEqualTo(Stage.GOOD);
    assertThat(in(Duration.ofDays(5), Duration.ofDays(5)).stage(NOW))
        .isEqualTo(Stage.WITHIN_A_WEEK);
  }

  @Test
  void what_has_no_end_is_good() {
    assertThat(Ending.never("store-key", "").stage(NOW)).isEqualTo(Stage.GOOD);
    assertThat(Ending.never("store-key", "").shown(NOW)).containsEntry("ends", "never");
  }
}
