package io.telltale.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.roster.Limits;
import java.lang.ref.Reference;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Growth 5: a meter is remembered as long as it says something, and no longer. */
class MetersTest {
  private static final Limits LIMITS = new Limits(1, 2, 1_000);
  private static final long LATER = Duration.ofHours(1).toNanos();

  private final Meters meters = new Meters();
  private long now;

  private void others(int from, int count) {
    for (int device = from; device < from + count; device++) {
      assertThat(meters.device(device, now).take(10, LIMITS, now)).isZero();
      now += Duration.ofMillis(1).toNanos();
    }
  }

  @Test
  void a_million_devices_that_come_and_go_leave_a_bounded_number_behind() {
    others(1, 200_000);
    System.gc();
    others(200_001, 2 * Meters.KEPT_MAX);
    assertThat(meters.kept()).isLessThan(6 * Meters.KEPT_MAX);
  }

  @Test
  void who_has_used_up_its_share_gets_no_fresh_one_by_reconnecting() {
    meters.device(7, now).take(10, LIMITS, now);
    meters.device(7, now).take(10, LIMITS, now);
    for (int i = 0; i < 2 * Meters.KEPT_MAX; i++) {
      meters.device(100 + i, now);
    }
    System.gc();
    assertThat(meters.device(7, now).take(10, LIMITS, now)).isPositive();
  }

  @Test
  void a_session_and_the_next_one_share_a_meter_however_long_it_was_idle() {
    Meter held = meters.device(7, now);
    try {
      now += LATER;
      for (int round = 0; round < 3; round++) {
        others(1_000 + round * Meters.KEPT_MAX, Meters.KEPT_MAX);
      }
      assertThat(meters.device(7, now)).isSameAs(held);
    } finally {
      Reference.reachabilityFence(held);
    }
  }
}
