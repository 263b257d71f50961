package io.telltale.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.roster.LifecycleState;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A step that cannot be taken ended without one that can. */
class NextStepTest {
  private static final Map<String, LifecycleState> STEPS =
      Map.of(
          "disable", LifecycleState.DISABLED,
          "release", LifecycleState.ACTIVE,
          "readmit", LifecycleState.REGISTERED);

  @Test
  void a_step_that_works_is_named() {
    assertThat(NextStep.of("p", LifecycleState.REGISTERED, LifecycleState.QUARANTINED))
        .isEqualTo(
            "it has no certificate to hold back; to keep it out: ./telltale device disable p"
                + " --reason TEXT");
    assertThat(NextStep.of("p", LifecycleState.RETIRED, LifecycleState.REGISTERED))
        .isEqualTo("that is for good: register it anew under another id");
    assertThat(NextStep.of("p", LifecycleState.COMPROMISED, LifecycleState.ACTIVE))
        .isEqualTo(
            "readmit it, then let it enroll again: ./telltale device readmit p --reason TEXT");
  }

  @ParameterizedTest
  @EnumSource(LifecycleState.class)
  void what_is_told_works_in_the_state_that_the_device_is_in(LifecycleState from) {
    for (LifecycleState wanted : LifecycleState.values()) {
      if (wanted == from || from.mayBeMovedTo(wanted)) {
        continue;
      }
      String told = NextStep.of("press-1", from, wanted);
      STEPS.forEach(
          (step, to) -> {
            if (told.contains("device " + step + " press-1")) {
              assertThat(from.mayBeMovedTo(to)).as(told).isTrue();
            }
          });
      if (told.contains("enroll-token create")) {
        assertThat(from.mayEnroll()).as(told).isTrue();
      }
      assertThat(told.contains("press-1") || from == LifecycleState.RETIRED).as(told).isTrue();
    }
  }
}
