package io.telltale.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.record.SequenceWindow.Standing;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** IN-7, firm ground 1 and 6, ADR 0120. */
@NullMarked
class SequenceWindowTest {
  private static final long MAX = SequenceWindow.SEQUENCE_MAX;

  private final SequenceWindow window = new SequenceWindow();

  private void use(long... sequences) {
    for (long sequence : sequences) {
      window.use(sequence, sequence, 10 * sequence);
    }
  }

  private Standing look(long sequence) {
    return window.look(sequence, sequence);
  }

  @Test
  void a_fresh_window_takes_any_number() {
    for (long sequence : new long[] {0, 1, 1L << 31, 1L << 40, MAX}) {
      assertThat(look(sequence)).isEqualTo(Standing.FIRST);
    }
  }

  // The loop that never ended counted up to the number.
  @Test
  void the_highest_number_takes_no_longer_than_any() {
    use(MAX);
    assertThat(look(MAX)).isEqualTo(Standing.SAME);
    assertThat(look(0)).isEqualTo(Standing.LATE);
    use(0, MAX - 1);
    assertThat(look(0)).isEqualTo(Standing.SAME);
    window.free(MAX);
    assertThat(look(MAX)).isEqualTo(Standing.AHEAD);
    for (long none : new long[] {-1, MAX + 1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThatThrownBy(() -> window.use(none, 1, 1)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void a_jump_is_marked_above_2_20_and_refused_above_2_40() {
    use(7);
    assertThat(look(7 + (1L << 20))).isEqualTo(Standing.AHEAD);
    assertThat(look(8 + (1L << 20))).isEqualTo(Standing.JUMP);
    assertThat(look(7 + (1L << 40))).isEqualTo(Standing.JUMP);
    assertThat(look(8 + (1L << 40))).isEqualTo(Standing.TOO_FAR);
    assertThat(look(MAX)).isEqualTo(Standing.TOO_FAR);
  }

  @Test
  void what_lies_behind_and_was_never_used_is_late_however_far_behind() {
    use(1, 2, 3, 1 << 20);
    assertThat(look(0)).isEqualTo(Standing.LATE);
    assertThat(look(4)).isEqualTo(Standing.LATE);
    assertThat(look((1 << 20) - 1)).isEqualTo(Standing.LATE);
  }

  @Test
  void a_used_number_is_a_duplicate_a_fork_or_forgotten() {
    for (long sequence = 0; sequence < 200; sequence++) {
      use(sequence);
    }
    assertThat(look(199)).isEqualTo(Standing.SAME);
    assertThat(window.offset(199)).isEqualTo(1_990);
    assertThat(look(72)).isEqualTo(Standing.SAME);
    assertThat(look(71)).isEqualTo(Standing.FORGOTTEN);
    assertThat(window.look(72, 73)).isEqualTo(Standing.OTHER);
  }

  @Test
  void the_newest_by_arrival_are_known_where_old_ones_came_late() {
    use(1_000);
    for (long late = 500; late < 600; late++) {
      use(late);
    }
    assertThat(look(500)).isEqualTo(Standing.SAME);
    assertThat(look(1_000)).isEqualTo(Standing.SAME);
  }

  // Firm ground 6: nobody can use a device's numbers up with a few messages of his own.
  @Test
  void sparse_numbers_far_ahead_leave_those_below_them_free() {
    use(0, 1, 2);
    for (long i = 1; i <= 2L * SequenceWindow.RANGES_MAX; i++) {
      use(i << 20);
    }
    for (long next = 3; next < 1_000; next++) {
      assertThat(look(next)).isEqualTo(Standing.LATE);
    }
  }

  @Test
  void gaps_of_a_crashed_agent_never_make_it_forget_what_it_used() {
    for (long crash = 0; crash < 3L * SequenceWindow.RANGES_MAX; crash++) {
      use(crash * 1_000, crash * 1_000 + 1);
    }
    assertThat(look(0)).isEqualTo(Standing.FORGOTTEN);
    assertThat(look(1_001)).isEqualTo(Standing.FORGOTTEN);
    assertThat(look(383_000)).isEqualTo(Standing.SAME);
    assertThat(look(383_002)).isEqualTo(Standing.AHEAD);
  }

  @Test
  void a_number_that_was_given_back_is_free_again() {
    use(1, 2, 3, 4, 5);
    window.free(3);
    assertThat(look(3)).isEqualTo(Standing.LATE);
    assertThat(look(2)).isEqualTo(Standing.SAME);
    assertThat(look(4)).isEqualTo(Standing.SAME);
    window.free(5);
    assertThat(look(5)).isEqualTo(Standing.AHEAD);
    window.free(77);
    use(3, 5);
    var ranges = new ArrayList<String>();
    window.eachRange((from, to) -> ranges.add(from + "-" + to));
    assertThat(ranges).containsExactly("1-5");
  }

  // A model that remembers everything: what the window says is what the model knows, but for what
  // the window may have forgotten.
  @Test
  void agrees_with_a_model_that_remembers_everything() {
    for (int seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      var one = new SequenceWindow();
      Map<Long, Long> used = new HashMap<>();
      Deque<Long> newest = new ArrayDeque<>();
      long top = -1;
      for (int step = 0; step < 600; step++) {
        long sequence = sequence(random, top);
        long hash = random.nextInt(2);
        Standing standing = one.look(sequence, hash);
        String at = "seed %d step %d".formatted(seed, step);
        Long known = used.get(sequence);
        if (known == null) {
          assertThat(standing).as(at).isIn(free(sequence, top));
          one.use(sequence, hash, step);
          used.put(sequence, hash);
          newest.addLast(sequence);
          if (newest.size() > SequenceWindow.HASHES_MAX) {
            newest.removeFirst();
          }
        } else if (newest.contains(sequence)) {
          assertThat(standing).as(at).isEqualTo(known == hash ? Standing.SAME : Standing.OTHER);
        } else {
          assertThat(standing).as(at).isEqualTo(Standing.FORGOTTEN);
        }
        if (random.nextInt(20) == 0) {
          long back = newest.removeLast();
          one.free(back);
          used.remove(back);
        }
        top = used.keySet().stream().mapToLong(Long::longValue).max().orElse(-1);
      }
    }
  }

  private static long sequence(Random random, long top) {
    return switch (random.nextInt(8)) {
      case 0 -> Math.max(0, top - random.nextInt(300));
      case 1 -> top + 1 + random.nextInt(3);
      case 2 -> Math.max(0, top - random.nextInt(10));
      default -> top + 1;
    };
  }

  private static Standing free(long sequence, long top) {
    if (top < 0) {
      return Standing.FIRST;
    }
    return sequence > top ? Standing.AHEAD : Standing.LATE;
  }
}
