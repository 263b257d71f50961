package io.telltale.logembedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
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
    groups(100_000, 0);

    // 1 + 2 + 4 … + 256 groups until it is at its most seldom.
    assertThat(pauses).hasSizeBetween(2, seldom(100_000));
  }

  @Test
  void holds_up_senders_that_wait_for_their_answers_ever_more_seldom_however_many_they_are() {
    // What the others send comes while the first slice lasts, and then nothing does.
    groups(100_000, 500, 0);

    assertThat(pauses).hasSizeBetween(2, Linger.SLICES_MAX * seldom(100_000));
  }

  @Test
  void waits_for_every_group_again_once_appends_keep_coming() {
    groups(1_000, 0);
    groups(Linger.PASSES_MAX + 1, 1, 1, 1);
    pauses.clear();

    groups(20, 1, 1, 1);

    assertThat(pauses).hasSize(20 * Linger.SLICES_MAX);
  }

  @Test
  void takes_a_group_that_gets_large_enough_at_once_for_worth_its_wait() {
    for (int i = 0; i < 20; i++) {
      var large = new AtomicBoolean();
      linger.gather(
          () -> {
            large.set(true);
            return 1;
          },
          large::get);
    }

    assertThat(pauses).hasSize(20);
  }

  private static int seldom(int groups) {
    return groups / Linger.PASSES_MAX + 10;
  }

  private void groups(int count, Integer... bySlice) {
    for (int i = 0; i < count; i++) {
      coming.addAll(List.of(bySlice));
      group();
      coming.clear();
    }
  }

  private void group() {
    linger.gather(() -> coming.isEmpty() ? 0 : coming.remove(), () -> false);
  }
}
