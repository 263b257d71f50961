package io.telltale.server.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** When a clock may be believed with what cannot be taken back (KM-6, firm ground 3 and 23). */
final class SteadyClockTest {
  private Instant now = Instant.parse("2026-11-28T12:00:00Z");
  private long nanos = 7;
  private final SteadyClock clock = new SteadyClock(() -> now, () -> nanos);

  private void pass(Duration time) {
    now = now.plus(time);
    nanos += time.toNanos();
  }

  @Test
  void a_clock_that_runs_on_is_steady_since_the_start() {
    pass(Duration.ofMinutes(50));
    now = now.plusSeconds(20);
    assertThat(clock.steadyFor()).isEqualTo(Duration.ofMinutes(50));
  }

  @Test
  void a_jump_either_way_begins_anew() {
    for (Duration jump : new Duration[] {Duration.ofDays(400), Duration.ofHours(-3)}) {
      pass(Duration.ofHours(2));
      now = now.plus(jump);
      assertThat(clock.steadyFor()).isZero();
      pass(Duration.ofMinutes(10));
      assertThat(clock.steadyFor()).isEqualTo(Duration.ofMinutes(10));
    }
  }
}
