package io.telltale.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.TenantId;
import io.telltale.registry.RenewalHealth.Cause;
import io.telltale.registry.RenewalHealth.Cohort;
import io.telltale.roster.Identity;
import io.telltale.roster.LifecycleState;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LC-3: who does not renew is known before it is cut off, and why. */
class RenewalsTest {
  @TempDir private Path folder;
  @AutoClose private Fixture fixture;

  @BeforeEach
  void open() {
    fixture = new Fixture(folder);
  }

  private RenewalHealth health() {
    return fixture.registry.renewals().health(TenantId.DEFAULT);
  }

  private void pass(Duration time) {
    fixture.now = fixture.now.plus(time);
  }

  private static Cohort cohort(Cause cause, String why, long overdue, long ended, String example) {
    return new Cohort("eu", "unknown", Fixture.ISSUER, cause, why, overdue, ended, example);
  }

  @Test
  void nobody_is_overdue_before_three_quarters_of_a_certificates_life() {
    fixture.enrolled("press-1");
    pass(Duration.ofDays(22));
    assertThat(health().cohorts()).isEmpty();
    assertThat(fixture.registry.renewals().overdue()).isZero();
    pass(Duration.ofDays(1));
    assertThat(health().cohorts()).containsExactly(cohort(Cause.AWAY, "", 1, 0, "press-1"));
    assertThat(fixture.registry.renewals().overdue()).isEqualTo(1);
  }

  @Test
  void each_cause_is_told_from_the_others() {
    Identity away = fixture.enrolled("press-1");
    Identity silent = fixture.enrolled("press-2");
    Identity refused = fixture.enrolled("press-3");
    Identity renewed = fixture.enrolled("press-4");
    fixture.enrolled("press-5");
    // Before it was due: says nothing of why it does not renew now.
    fixture.registry.renewals().refused(away.id(), "request-key-used");
    pass(Duration.ofDays(24));
    fixture.registry.seen(silent.number());
    fixture.registry.seen(refused.number());
    fixture.registry.flushSightings();
    fixture.registry.renewals().refused(refused.id(), "renewed-too-often");
    fixture.registry.renewCredential(
        renewed.credential(), fixture.credential(), Duration.ofHours(24));
    fixture.move("press-5", LifecycleState.DISABLED);
    RenewalHealth health = health();
    assertThat(health.renewed()).isEqualTo(1);
    assertThat(health.overdue()).isEqualTo(3);
    assertThat(health.cohorts())
        .containsExactlyInAnyOrder(
            cohort(Cause.AWAY, "", 1, 0, "press-1"),
            cohort(Cause.SILENT, "", 1, 0, "press-2"),
            cohort(Cause.REFUSED, "renewed-too-often", 1, 0, "press-3"));
    pass(Duration.ofDays(7));
    assertThat(health().ended()).isEqualTo(3);
    assertThat(health().overdue()).isZero();
    assertThat(fixture.registry.renewals().overdue()).isZero();
    pass(Duration.ofDays(431));
    assertThat(health().cohorts()).isEmpty();
    assertThat(health().renewed()).isZero();
  }

  @Test
  void the_same_refusal_again_is_noted_seldom_and_another_at_once() {
    Identity press = fixture.enrolled("press-1");
    pass(Duration.ofDays(24));
    for (String why : new String[] {"a", "b", "b", "a"}) {
      pass(Duration.ofMinutes(2));
      fixture.registry.renewals().refused(press.id(), why);
      assertThat(health().cohorts().getFirst().why()).isEqualTo(why);
    }
    // Whoever asks by turns in two ways has neither noted each time.
    fixture.registry.renewals().refused(press.id(), "b");
    assertThat(health().cohorts().getFirst().why()).isEqualTo("a");
    fixture.registry.renewals().refused(Fixture.spiffe("nobody"), "a");
  }

  @Test
  void equal_devices_are_one_cohort_and_the_largest_is_first() {
    for (int i = 0; i < 5; i++) {
      fixture.enrolled("press-" + i);
    }
    Identity other = fixture.enrolled("press-9");
    pass(Duration.ofDays(24));
    fixture.registry.renewals().refused(other.id(), "a");
    assertThat(health().cohorts())
        .containsExactly(
            cohort(Cause.AWAY, "", 5, 0, "press-0"), cohort(Cause.REFUSED, "a", 1, 0, "press-9"));
    assertThat(fixture.registry.renewals().health(new TenantId("other")).cohorts()).isEmpty();
  }
}
