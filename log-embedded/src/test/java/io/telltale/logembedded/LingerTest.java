package io.telltale.logembedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class LingerTest {
  private final List<Long> pauses = new ArrayList<>();
  private final Queue<Integer> coming = new ArrayDeque<>();
  private final Linger linger = new Linger(pauses::add);

  @Test
  void waits_as_long_as_more_comes_and_no_longer_than_its_slices() {
    coming.addAll(Collections.nCopies(10, 7));

    group();

    assertThat(pauses).isEqualTo(Collections.nCopies(Linger.SLICES_MAX, Linger.SLICE_NANOS));
    assertThat(coming).hasSize(10 - Linger.SLICES_MAX);
  }

  @Test
  void waits_no_more_once_nothing_comes() {
    coming.add(0);

    group();

    assertThat(pauses).hasSize(1);
  }

  @Test
  void does_not_wait_with_a_group_that_is_large_enough() {
    linger.gather(
        () -> {
          throw new AssertionError("asked");
        },
        () -> true);

    assertThat(pauses).isEmpty();
  }

  @Test
  void holds_up_a_sender_for_whom_it_gathers_nothing_ever_more_seldom() {
    for (int i = 0; i < 100_000; i++) {
      coming.add(1);
      coming.add(0);
      group();
      coming.clear();
    }

    // 1 + 2 + 4 … + 256 groups until it is at its most seldom: two slices each.
    int rarely = 100_000 / Linger.PASSES_MAX;
    assertThat(pauses).hasSizeBetween(2, 2 * (rarely + 10));
  }

  @Test
  void waits_for_every_group_again_once_a_wait_has_gathered_enough() {
    for (int i = 0; i < 50; i++) {
      coming.add(0);
      group();
      coming.clear();
    }
    for (int i = 0; i <= Linger.PASSES_MAX; i++) {
      coming.add(Linger.WORTH_APPENDS);
      coming.add(0);
      group();
      coming.clear();
    }
    pauses.clear();

    for (int i = 0; i < 20; i++) {
      coming.add(Linger.WORTH_APPENDS);
      coming.add(0);
      group();
      coming.clear();
    }

    assertThat(pauses).hasSize(40);
  }

  private void group() {
    linger.gather(() -> coming.isEmpty() ? 0 : coming.remove(), () -> false);
  }
}
