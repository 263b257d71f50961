package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.x509.Usage;
import io.telltale.device.RenewalAdvice.Window;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ID-4: a server may have a certificate renewed sooner, and can do no more. */
class RenewalPlanTest {
  private final X509Certificate leaf =
      new TestAuthority()
          .material(
              "spiffe://telltale.local/default/device/machine-1",
              Set.of(Usage.CLIENT),
              Duration.ZERO,
              Duration.ofDays(90))
          .chain()
          .getFirst();
  private final Instant now = leaf.getNotBefore().toInstant().plusSeconds(1);
  private final RenewalPlan plan =
      new RenewalPlan(leaf, now, Duration.ZERO, RandomGenerator.getDefault());

  private void told(Instant start, Instant end) {
    plan.told(new RenewalAdvice(Optional.of(new Window(start, end)), Duration.ofHours(6)), now);
  }

  @Test
  void without_advice_it_renews_after_two_thirds_and_before_three_quarters() {
    plan.told(RenewalAdvice.NONE, now);
    assertThat(plan.isDue(now.plus(Duration.ofDays(59)))).isFalse();
    assertThat(plan.isDue(now.plus(Duration.ofDays(68)))).isTrue();
  }

  @Test
  void a_window_that_is_over_means_at_once() {
    told(now.minusSeconds(7_200), now.minusSeconds(3_600));
    assertThat(plan.isDue(now)).isTrue();
  }

  @Test
  void a_window_ahead_means_a_time_within_it_that_asking_again_does_not_change() {
    Instant start = now.plus(Duration.ofDays(1));
    Instant end = start.plus(Duration.ofDays(1));
    told(start, end);
    assertThat(plan.isDue(start.minusMillis(1))).isFalse();
    assertThat(plan.isDue(end)).isTrue();
    Instant middle = start.plus(Duration.ofHours(12));
    boolean early = plan.isDue(middle);
    for (int i = 0; i < 100; i++) {
      told(start, end);
      assertThat(plan.isDue(middle)).isEqualTo(early);
    }
  }

  @Test
  void no_server_can_have_a_certificate_end_by_asking_for_a_later_time() {
    told(now.plus(Duration.ofDays(1_000)), now.plus(Duration.ofDays(1_001)));
    assertThat(plan.isDue(now.plus(Duration.ofDays(68)))).isTrue();
  }

  @Test
  void it_asks_within_an_hour_and_then_as_often_as_it_is_told() {
    assertThat(plan.isToAsk(now.plus(Duration.ofHours(1)))).isTrue();
    plan.told(RenewalAdvice.NONE, now);
    assertThat(plan.isToAsk(now.plus(Duration.ofHours(6)).minusMillis(1))).isFalse();
    assertThat(plan.isToAsk(now.plus(Duration.ofHours(7)))).isTrue();
  }

  @Test
  void tries_that_fail_come_ever_more_seldom_and_never_too_seldom_for_what_is_left() {
    Instant due = now.plus(Duration.ofDays(70));
    Duration before = Duration.ZERO;
    for (int i = 0; i < 9; i++) {
      plan.failed(due);
      Duration least = Duration.ofMinutes(Math.min(60, 1L << i));
      assertThat(plan.isDue(due.plus(least).minusMillis(1))).isFalse();
      assertThat(plan.isDue(due.plus(least.multipliedBy(3).dividedBy(2)))).isTrue();
      assertThat(least).isGreaterThanOrEqualTo(before);
      before = least;
    }
    Instant nearEnd = leaf.getNotAfter().toInstant().minus(Duration.ofMinutes(8));
    plan.failed(nearEnd);
    assertThat(plan.isDue(nearEnd.plusSeconds(90))).isTrue();
    Instant ended = leaf.getNotAfter().toInstant().plusSeconds(1);
    plan.failed(ended);
    assertThat(plan.isDue(ended.plus(Duration.ofMinutes(9)))).isFalse();
    assertThat(plan.isDue(ended.plus(Duration.ofMinutes(16)))).isTrue();
  }

  // A clock that was a year ahead for a moment switched renewing off for a year.
  @Test
  void a_clock_that_is_set_back_ends_every_wait() {
    Instant ahead = now.plus(Duration.ofDays(365));
    plan.failed(ahead);
    plan.told(RenewalAdvice.UNREACHED, ahead);
    assertThat(plan.isToAsk(now.plusSeconds(60))).isTrue();
    assertThat(plan.isDue(now.plusSeconds(60))).isFalse();
    assertThat(plan.isDue(now.plus(Duration.ofDays(70)))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"0,900", "3600,3600", "999999999,86400", "-1,21600", "x,21600", "99999999999,21600"})
  void how_often_is_bounded_on_both_sides(String told, long seconds) {
    assertThat(RenewalAdvice.of(404, Optional.of(told), "").again().toSeconds()).isEqualTo(seconds);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"suggestedWindow\":[]}",
        "{\"suggestedWindow\":{\"start\":1,\"end\":2}}",
        "{\"suggestedWindow\":{\"start\":\"x\",\"end\":\"y\"}}",
        "{\"suggestedWindow\":{\"start\":\"2026-01-02T00:00:00Z\",\"end\":\"2026-01-01T00:00:00Z\"}}",
        "{\"suggestedWindow\":{\"start\":\"-999999999-01-01T00:00:00Z\","
            + "\"end\":\"+999999999-01-01T00:00:00Z\"}}"
      })
  void an_answer_that_makes_no_sense_changes_nothing(String body) {
    assertThat(RenewalAdvice.of(200, Optional.empty(), body)).isEqualTo(RenewalAdvice.NONE);
  }
}
