package io.telltale.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.TenantId;
import io.telltale.registry.CredentialChange.Reason;
import io.telltale.roster.CredentialState;
import io.telltale.roster.Identity;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.Policy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** LC-4: a device that was away comes back by policy and a person's word, once. */
class ReturnsTest {
  private static final Duration WEEK = Duration.ofDays(7);
  private static final Duration OVERLAP = Duration.ofHours(24);

  @TempDir private Path folder;
  @AutoClose private Fixture fixture;
  private Identity away;

  @BeforeEach
  void open() {
    fixture = new Fixture(folder);
    away = fixture.enrolled("press-1");
  }

  private void allowByPolicy(int days) {
    String document =
        Policy.factoryDocument()
            .asUtf8()
            .replaceFirst("\"version\": *1", "\"version\": 2")
            .replace(
                "\"attestationRequired\": false",
                "\"attestationRequired\": false, \"renewAfterExpiryDays\": " + days);
    assertThat(
            fixture.registry.putPolicy(
                new PolicyDocument(TenantId.DEFAULT, Bytes.utf8(document), OptionalLong.empty()),
                Fixture.WHY))
        .isInstanceOf(PolicyChange.InForce.class);
  }

  private Returns.Outcome allow(String name) {
    return fixture.registry.returns().allow(Fixture.device(name), WEEK, Fixture.WHY);
  }

  private CredentialChange renew(Identity with) {
    return fixture.registry.renewCredential(with.credential(), fixture.credential(), OVERLAP);
  }

  private void pass(Duration time) {
    fixture.now = fixture.now.plus(time);
  }

  @Test
  void without_the_policys_word_nobody_can_let_it_return() {
    assertThat(allow("press-1")).isEqualTo(new Returns.Outcome.NotByPolicy("press"));
    assertThat(allow("nobody")).isEqualTo(new Returns.Outcome.Unknown());
    pass(Duration.ofDays(31));
    assertThat(renew(away)).isEqualTo(new CredentialChange.Refused(Reason.EXPIRED));
  }

  @Test
  void by_policy_and_a_persons_word_it_renews_once() {
    allowByPolicy(90);
    pass(Duration.ofDays(40));
    assertThat(renew(away)).isEqualTo(new CredentialChange.Refused(Reason.EXPIRED));
    assertThat(allow("press-1")).isEqualTo(new Returns.Outcome.Allowed(fixture.now.plus(WEEK)));
    Identity back = ((CredentialChange.Done) renew(away)).identity();
    assertThat(back.mayConnect(fixture.now)).isTrue();
    assertThat(renew(away)).isInstanceOf(CredentialChange.Refused.class);
    assertThat(fixture.events()).contains("device.return-allowed", "credential.renewed");
    // The word was for that time: away again, it needs another.
    pass(Duration.ofDays(40));
    assertThat(renew(back)).isEqualTo(new CredentialChange.Refused(Reason.EXPIRED));
  }

  @Test
  void the_word_ends_and_so_do_the_days_of_the_policy() {
    allowByPolicy(10);
    pass(Duration.ofDays(31));
    allow("press-1");
    pass(WEEK);
    assertThat(renew(away)).isEqualTo(new CredentialChange.Refused(Reason.EXPIRED));
    pass(Duration.ofDays(3));
    assertThat(allow("press-1"))
        .isEqualTo(new Returns.Outcome.TooLate(Fixture.NOON.plus(Duration.ofDays(30)), 10));
    assertThat(renew(away)).as("41 days").isEqualTo(new CredentialChange.Refused(Reason.EXPIRED));
  }

  // A buoy's answer is lost on the way: it still has the old key only.
  @Test
  void a_return_whose_answer_was_lost_needs_another_word_and_no_token() {
    allowByPolicy(90);
    pass(Duration.ofDays(40));
    allow("press-1");
    Identity lost = ((CredentialChange.Done) renew(away)).identity();
    assertThat(renew(away)).isEqualTo(new CredentialChange.Refused(Reason.EXPIRED));
    assertThat(allow("press-1")).isInstanceOf(Returns.Outcome.Allowed.class);
    Identity back = ((CredentialChange.Done) renew(away)).identity();
    assertThat(back.mayConnect(fixture.now)).isTrue();
    assertThat(fixture.registry.credential(lost.credential()).orElseThrow().state())
        .isEqualTo(CredentialState.REVOKED);
  }

  // A thief had the key: the device that comes behind it is an incident, and not one more refusal.
  @Test
  void the_old_key_again_after_the_next_one_was_used_is_an_incident() {
    allowByPolicy(90);
    pass(Duration.ofDays(40));
    allow("press-1");
    Identity thief = ((CredentialChange.Done) renew(away)).identity();
    fixture.registry.used(thief);
    assertThat(renew(away)).isEqualTo(new CredentialChange.Refused(Reason.REPLACED));
    assertThat(fixture.events()).contains("incident.renewal");
  }

  @Test
  void a_word_is_over_once_the_device_has_a_certificate_in_another_way() {
    allowByPolicy(90);
    allow("press-1");
    pass(Duration.ofDays(1));
    Identity enrolled =
        ((CredentialChange.Done)
                fixture.registry.addCredential(
                    Fixture.spiffe("press-1"), fixture.credential(), Fixture.WHY))
            .identity();
    pass(Duration.ofDays(31));
    assertThat(renew(enrolled)).isEqualTo(new CredentialChange.Refused(Reason.EXPIRED));
    allow("press-1");
    Identity back = ((CredentialChange.Done) renew(enrolled)).identity();
    allow("press-1");
    Identity next = ((CredentialChange.Done) renew(back)).identity();
    pass(Duration.ofDays(31));
    assertThat(renew(next)).isEqualTo(new CredentialChange.Refused(Reason.EXPIRED));
  }

  @Test
  void who_has_no_certificate_is_not_told_to_return_by_one() {
    allowByPolicy(90);
    fixture.add("press-2");
    assertThat(allow("press-2")).isInstanceOf(Returns.Outcome.WrongState.class);
    fixture.move("press-1", LifecycleState.COMPROMISED);
    assertThat(allow("press-1")).isInstanceOf(Returns.Outcome.WrongState.class);
  }

  @ParameterizedTest
  @EnumSource(
      value = LifecycleState.class,
      names = {"QUARANTINED", "DISABLED", "COMPROMISED", "RETIRED"})
  void a_step_of_its_life_takes_the_word_back(LifecycleState state) {
    allowByPolicy(90);
    pass(Duration.ofDays(31));
    allow("press-1");
    fixture.move("press-1", state);
    assertThat(renew(away)).isInstanceOf(CredentialChange.Refused.class);
    assertThat(allow("press-1")).isEqualTo(new Returns.Outcome.WrongState(state));
    if (state == LifecycleState.QUARANTINED) {
      fixture.move("press-1", LifecycleState.ACTIVE);
      assertThat(renew(away)).isEqualTo(new CredentialChange.Refused(Reason.EXPIRED));
    }
  }

  @Test
  void one_that_was_replaced_stays_so() {
    allowByPolicy(90);
    fixture.registry.used(((CredentialChange.Done) renew(away)).identity());
    pass(Duration.ofDays(40));
    allow("press-1");
    assertThat(renew(away)).isEqualTo(new CredentialChange.Refused(Reason.REPLACED));
  }

  @Test
  void of_many_at_once_one_renews() throws Exception {
    allowByPolicy(90);
    pass(Duration.ofDays(31));
    allow("press-1");
    var tasks = new ArrayList<Callable<CredentialChange>>();
    for (int i = 0; i < 8; i++) {
      NewCredential next = fixture.credential();
      tasks.add(() -> fixture.registry.renewCredential(away.credential(), next, OVERLAP));
    }
    var outcomes = new ArrayList<CredentialChange>();
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (var future : threads.invokeAll(tasks)) {
        outcomes.add(future.get());
      }
    }
    assertThat(outcomes).filteredOn(CredentialChange.Done.class::isInstance).hasSize(1);
  }

  @Test
  void the_word_outlives_a_start() {
    allowByPolicy(90);
    allow("press-1");
    fixture.reopen();
    pass(Duration.ofDays(6));
    fixture.registry.returns().allow(Fixture.device("press-1"), Duration.ofDays(30), Fixture.WHY);
    fixture.reopen();
    pass(Duration.ofDays(25));
    assertThat(renew(away)).isInstanceOf(CredentialChange.Done.class);
  }
}
