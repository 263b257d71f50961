package io.telltale.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LockstepTest {
  @Test
  void a_log_that_says_one_position_for_all_keeps_nobody() {
    assertThat(Lockstep.ends(new long[] {0, 0, Lockstep.NOWHERE}, 1))
        .containsExactly(1, 1, Long.MAX_VALUE);
  }

  @Test
  void readers_near_one_another_stop_a_window_behind_the_last_of_them() {
    assertThat(Lockstep.ends(new long[] {399, 0, 120}, 100)).containsExactly(100, 100, 100);
  }

  @Test
  void readers_far_apart_share_the_window_and_wait_for_nobody() {
    assertThat(Lockstep.ends(new long[] {0, 300, 1_000}, 100)).containsExactly(50, 50, 1_050);
  }
}
