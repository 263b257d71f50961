package io.telltale.pipeline.minutes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How long, and of how many spans at once, what cannot be read of long ago is waited for. */
@Tag("one-store")
class PastWaitsTest {
  private static final int SPANS = 64;
  private static final Duration KEPT = Duration.ofMinutes(10);

  private final AtomicLong nanos = new AtomicLong();
  private final PastWaits waits = new PastWaits(nanos::get);

  private void fill() {
    for (int span = 0; span < SPANS; span++) {
      assertThat(waits.waitsFor("span " + span)).isTrue();
    }
  }

  @Test
  void a_span_is_waited_for_until_it_failed_too_often() {
    for (int failure = 1; failure <= PastWaits.TRIES; failure++) {
      assertThat(waits.waitsFor("day")).isTrue();
    }
    assertThat(waits.waitsFor("day")).isFalse();
    assertThat(waits.waitsFor("day")).isFalse();
    assertThat(waits.waitsFor("another day")).isTrue();
    waits.read("day");
    assertThat(waits.waitsFor("day")).as("it could be read meanwhile").isTrue();
  }

  @Test
  void sixty_four_spans_are_waited_for_at_once_and_no_more() {
    fill();
    assertThat(waits.waitsFor("one more")).isFalse();
    assertThat(waits.waitsFor("span 0")).as("it is one of them").isTrue();
    waits.read("span 1");
    assertThat(waits.waitsFor("one more")).as("one could be read").isTrue();
  }

  @Test
  void a_span_makes_room_for_another_ten_minutes_after_it_failed_first() {
    fill();
    nanos.set(KEPT.toNanos());
    assertThat(waits.waitsFor("span 0")).isTrue();
    assertThat(waits.waitsFor("one more")).isFalse();
    nanos.addAndGet(1);
    assertThat(waits.waitsFor("one more")).isTrue();
  }
}
