package io.telltale.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class OriginTest {
  private static final Instant LATER = Instant.ofEpochMilli(2_000_000_000_000L);

  @Test
  void the_next_records_origin_differs_in_what_the_record_says_only() {
    Origin one = Samples.origin();
    Origin next = one.next(OptionalLong.of(99), LATER, LATER.plusMillis(1));

    assertThat(next).isNotEqualTo(one);
    assertThat(next.sequence()).hasValue(99);
    assertThat(next.received()).isEqualTo(LATER.plusMillis(1));
    assertThat(next.shared()).isEqualTo(one.shared());
    assertThat(next.next(one.sequence(), one.sent(), one.received())).isEqualTo(one);
  }
}
