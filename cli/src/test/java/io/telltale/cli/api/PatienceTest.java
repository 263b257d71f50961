package io.telltale.cli.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class PatienceTest {
  private long now = Long.MAX_VALUE - 5; // Such a clock begins anywhere, and goes round.
  private final ArrayList<Long> pauses = new ArrayList<>();
  private final Patience patience = new Patience(() -> now, this::passed, Duration.ofSeconds(10));

  private void passed(long nanos) {
    pauses.add(nanos / 1_000_000);
    now += nanos;
  }

  @Test
  void pauses_get_longer_and_end_with_the_time_that_there_is() {
    assertThat(patience.lasts()).isTrue();
    while (patience.pause()) {
      assertThat(patience.lasts()).isTrue();
    }
    assertThat(pauses)
        .containsExactly(100L, 200L, 400L, 800L, 1_600L, 2_000L, 2_000L, 2_000L, 900L);
    assertThat(patience.lasts()).isFalse();
    assertThat(patience.pause()).isFalse();
    assertThat(pauses.getLast()).isZero();
  }
}
