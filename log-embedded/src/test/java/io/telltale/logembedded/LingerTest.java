package io.telltale.logembedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LingerTest {
  private static final int SLICES = 2;

  private final List<Long> pauses = new ArrayList<>();
  private final Queue<Integer> coming = new ArrayDeque<>();
  private final Linger linger = new Linger(pauses::add);

  @Test
  void waits_as_long_as_more_comes_and_no_longer_than_its_slices() {
    coming.addAll(Collections.nCopies(10, 7));

    group();

    assertThat(pauses).isEqualTo(Collections.nCopies(SLICES, Linger.SLICE_NANOS));
    assertThat(coming).hasSize(10 - SLICES);
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

  // What they send comes soon after they were answered; beside that others' drops in at any time.
  @ParameterizedTest
  @CsvSource({"500, 0", "8, 1", "9, 2", "400, 100"})
  void holds_up_senders_that_wait_for_their_answers_ever_more_seldom_however_many_they_are(
      int soon, int later) {
    groups(100_000, soon, later);

    assertThat(pauses).hasSizeBetween(2, SLICES * seldom(100_000));
  }

  @Test
  void waits_for_every_group_again_once_appends_keep_coming() {
    groups(1_000, 0);
    groups(Linger.PASSES_MAX + 1, 4, 4);
    pauses.clear();

    groups(20, 4, 4);

    assertThat(pauses).hasSize(20 * SLICES);
  }

  @Test
  void takes_a_group_in_which_little_came_by_chance_for_worth_its_wait_where_more_did_before() {
    groups(100, 4, 4);
    pauses.clear();

    groups(3, 6, 1);
    groups(1, 2, 4);

    assertThat(pauses).hasSize(4 * SLICES);
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
