package io.telltale.server.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class SlowPaceTest {
  @Test
  void it_rests_nine_times_as_long_as_it_works_and_reads_16_MiB_a_second() {
    long second = TimeUnit.SECONDS.toNanos(1);
    assertThat(SlowPace.due(second, 0)).isEqualTo(9 * second);
    assertThat(SlowPace.due(0, 16L << 20)).isEqualTo(second);
    assertThat(SlowPace.due(60 * second, 0)).isEqualTo(540 * second);
  }
}
