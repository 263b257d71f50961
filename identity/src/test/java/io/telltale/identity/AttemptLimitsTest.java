package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.SourceBlock;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Wrong guesses cost their source for a while, and no longer (firm ground 10 and 23). */
final class AttemptLimitsTest {
  private static final Instant NOON = Instant.parse("2026-11-28T12:00:00Z");

  @Test
  void a_clock_that_was_set_back_locks_no_source_out() throws UnknownHostException {
    var limits = new AttemptLimits<SourceBlock>(2, Duration.ofMinutes(1));
    SourceBlock hall = SourceBlock.of(InetAddress.getByName("192.0.2.7"));
    Instant yearAhead = NOON.plus(Duration.ofDays(365));
    assertThat(limits.charge(hall, yearAhead)).isTrue();
    assertThat(limits.charge(hall, yearAhead)).isTrue();
    assertThat(limits.charge(hall, yearAhead)).isFalse();

    assertThat(limits.charge(hall, NOON)).isTrue();
    assertThat(limits.charge(hall, NOON)).isTrue();
    assertThat(limits.charge(hall, NOON)).isFalse();
  }
}
