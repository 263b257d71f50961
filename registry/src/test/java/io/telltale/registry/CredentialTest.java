package io.telltale.registry;

import static io.telltale.registry.Fixture.WHY;
import static io.telltale.registry.Fixture.device;
import static io.telltale.registry.Fixture.spiffe;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.db.Sql;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Resources;
import io.telltale.registry.tables.Issuance;
import io.telltale.registry.tables.Schema;
import io.telltale.roster.AssetText;
import io.telltale.roster.CredentialState;
import io.telltale.roster.Identity;
import io.telltale.roster.IdentityView;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.RevocationReason;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialTest {
  private Fixture fixture;

  CredentialTest(@TempDir Path dir) {
    fixture = new Fixture(dir);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private Registry registry() {
    return fixture.registry;
  }

  // ID-1: two devices never share a key
  @Test
  void a_key_that_was_ever_seen_is_refused() {
    fixture.add("press-1");
    fixture.add("press-2");
    NewCredential credential = fixture.credential("one key");
    registry().addCredential(spiffe("press-1"), credential, WHY);

    assertThat(registry().addCredential(spiffe("press-2"), fixture.credential("one key"), WHY))
        .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.KEY_KNOWN));
    assertThat(registry().addCredential(spiffe("press-2"), credential, WHY))
        .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.CERTIFICATE_KNOWN));
    assertThat(registry().addCredential(spiffe("press-1"), credential, WHY))
        .isInstanceOf(CredentialChange.Unchanged.class);
  }

  @Test
  void renewal_leaves_the_old_one_good_for_the_overlap_only() {
    Identity old = fixture.enrolled("press-1");
    NewCredential next = fixture.credential();
    CredentialChange renewed =
        registry().renewCredential(old.credential(), next, Duration.ofHours(1));

    assertThat(renewed).isInstanceOf(CredentialChange.Done.class);
    IdentityView view = registry().view();
    Identity retiring = view.byCredential(old.credential()).orElseThrow();
    assertThat(retiring.credentialState()).isEqualTo(CredentialState.RETIRING);
    assertThat(retiring.mayConnect(fixture.now.plusSeconds(3_599))).isTrue();
    assertThat(retiring.mayConnect(fixture.now.plusSeconds(3_600))).isFalse();
    assertThat(view.byNumber(old.number()).orElseThrow().credential())
        .isEqualTo(next.fingerprint());
    assertThat(registry().renewCredential(old.credential(), next, Duration.ofHours(1)))
        .isInstanceOf(CredentialChange.Unchanged.class);

    fixture.now = fixture.now.plusSeconds(3_600);
    assertThat(
            registry().renewCredential(old.credential(), fixture.credential(), Duration.ofHours(1)))
        .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.EXPIRED));
  }

  // Growth 5: what a device once had is no load on the view for ever.
  @Test
  void a_credential_leaves_the_view_a_month_after_its_end_and_stays_in_the_registry() {
    Identity first = fixture.enrolled("press-1");
    Fingerprint last = first.credential();
    for (int renewal = 0; renewal < 6; renewal++) {
      fixture.now = fixture.now.plus(Duration.ofDays(20));
      NewCredential next = fixture.credential();
      registry().renewCredential(last, next, Duration.ofHours(1));
      last = next.fingerprint();
    }
    assertThat(registry().view().byCredential(first.credential())).isEmpty();
    assertThat(registry().view().byCredential(last)).isPresent();
    assertThat(registry().credential(first.credential())).isPresent();
    assertThat(fixture.move("press-1", LifecycleState.COMPROMISED))
        .isInstanceOf(Transition.Moved.class);
    assertThat(registry().credential(first.credential()).orElseThrow().revokedReason())
        .contains(RevocationReason.COMPROMISED);
    fixture.reopen();
    assertThat(registry().view().byCredential(first.credential())).isEmpty();
  }

  // Firm ground 23
  @Test
  void a_clock_that_was_a_year_ahead_locks_nobody_out_for_longer() {
    Identity device = fixture.enrolled("press-1");
    Instant right = fixture.now;
    fixture.now = right.plus(Duration.ofDays(365));
    fixture.reopen();
    fixture.move("press-1", LifecycleState.QUARANTINED);
    fixture.move("press-1", LifecycleState.ACTIVE);
    assertThat(registry().view().byCredential(device.credential()).orElseThrow())
        .matches(one -> !one.mayConnect(fixture.now), "it has ended by that clock");
    fixture.now = right;
    assertThat(registry().view().byCredential(device.credential()).orElseThrow())
        .matches(one -> one.mayConnect(right), "it may connect again, without a restart");
  }

  @Test
  void renewal_with_the_same_key_is_allowed_and_with_another_devices_key_is_not() {
    fixture.add("press-1");
    NewCredential first = fixture.credential("mine");
    registry().addCredential(spiffe("press-1"), first, WHY);
    fixture.add("press-2");
    registry().addCredential(spiffe("press-2"), fixture.credential("theirs"), WHY);

    assertThat(
            registry()
                .renewCredential(first.fingerprint(), fixture.credential("theirs"), Duration.ZERO))
        .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.KEY_KNOWN));
    assertThat(
            registry()
                .renewCredential(first.fingerprint(), fixture.credential("mine"), Duration.ZERO))
        .isInstanceOf(CredentialChange.Done.class);
  }

  @Test
  void neither_a_revoked_credential_nor_a_quarantined_device_renews() {
    Identity one = fixture.enrolled("press-1");
    fixture.move("press-1", LifecycleState.QUARANTINED);
    assertThat(
            registry().renewCredential(one.credential(), fixture.credential(), Duration.ofHours(1)))
        .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.PRINCIPAL_STATE));
    Identity two = fixture.enrolled("press-2");
    registry().addCredential(spiffe("press-2"), fixture.credential(), WHY);
    assertThat(registry().credential(two.credential()).orElseThrow().revokedReason())
        .contains(RevocationReason.SUPERSEDED);
    assertThat(
            registry().renewCredential(two.credential(), fixture.credential(), Duration.ofHours(1)))
        .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.CREDENTIAL_STATE));
  }

  @Test
  void enrolling_anew_ends_the_older_credential() {
    Identity old = fixture.enrolled("press-1");
    registry().addCredential(spiffe("press-1"), fixture.credential(), WHY);

    assertThat(registry().view().byCredential(old.credential()).orElseThrow().credentialState())
        .isEqualTo(CredentialState.REVOKED);
    assertThat(registry().credentials(old.number())).hasSize(2);
  }

  private CredentialChange renew(Identity from, NewCredential to) {
    return registry().renewCredential(from.credential(), to, Duration.ofHours(24));
  }

  private Identity renewed(Identity from) {
    return ((CredentialChange.Done) renew(from, fixture.credential())).identity();
  }

  private long incidents() {
    return fixture.events().stream().filter(type -> type.equals("incident.renewal")).count();
  }

  // Firm ground 13
  @Test
  void a_replaced_credential_renews_no_more_once_its_successor_was_used() {
    Identity first = fixture.enrolled("press-1");
    Identity second = renewed(first);
    registry().used(second);

    assertThat(renew(first, fixture.credential()))
        .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.REPLACED));
    assertThat(incidents()).isEqualTo(1);
    assertThat(registry().view().byCredential(first.credential()).orElseThrow().credentialState())
        .isEqualTo(CredentialState.REVOKED);
    // However often it tries: it is over, and told.
    assertThat(renew(first, fixture.credential()))
        .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.CREDENTIAL_STATE));
    assertThat(incidents()).isEqualTo(1);
    assertThat(renew(second, fixture.credential())).isInstanceOf(CredentialChange.Done.class);
  }

  @Test
  void what_was_used_is_known_after_a_restart() {
    Identity first = fixture.enrolled("press-1");
    Identity second = renewed(first);
    registry().used(second);
    registry().flushSightings();
    fixture.reopen();

    assertThat(registry().credential(second.credential()).orElseThrow().used())
        .contains(fixture.now);
    assertThat(renew(first, fixture.credential()))
        .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.REPLACED));
  }

  @Test
  void to_renew_is_to_use() {
    Identity first = fixture.enrolled("press-1");
    Identity second = renewed(first);
    renewed(second);

    assertThat(renew(first, fixture.credential()))
        .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.REPLACED));
    assertThat(incidents()).isEqualTo(1);
  }

  // The answer with the certificate is lost: the device has but its old one.
  @Test
  void a_successor_that_nobody_used_is_withdrawn_when_its_predecessor_renews_again() {
    Identity first = fixture.enrolled("press-1");
    Identity lost = renewed(first);
    Identity second = renewed(first);

    assertThat(incidents()).isZero();
    assertThat(registry().view().byCredential(lost.credential()).orElseThrow().credentialState())
        .isEqualTo(CredentialState.REVOKED);
    registry().used(second);
    assertThat(renew(lost, fixture.credential()))
        .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.CREDENTIAL_STATE));
    assertThat(renew(first, fixture.credential()))
        .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.REPLACED));
  }

  // Who stole the older key connects with it before the newer one's use is written.
  @Test
  void a_session_of_an_older_credential_does_not_hide_the_use_of_a_newer_one() {
    Identity first = fixture.enrolled("press-1");
    Identity second = renewed(first);
    registry().used(second);
    registry().used(first);
    registry().flushSightings();

    assertThat(renew(first, fixture.credential()))
        .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.REPLACED));
    assertThat(incidents()).isEqualTo(1);
    assertThat(registry().view().byCredential(second.credential()).orElseThrow())
        .matches(one -> one.mayConnect(fixture.now), "the device's own stays good");
  }

  // One valid device must not fill the registry, the ledger and the view.
  @Test
  void a_device_renews_so_often_a_day_and_no_more() {
    Identity newest = fixture.enrolled("press-1");
    for (int renewal = 0; renewal < Issuance.RENEWALS_A_DAY_MAX; renewal++) {
      newest = renewed(newest);
    }
    int events = fixture.events().size();
    assertThat(renew(newest, fixture.credential()))
        .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.TOO_OFTEN));
    assertThat(fixture.events()).hasSize(events);
    assertThat(registry().view().byCredential(newest.credential()).orElseThrow())
        .matches(one -> one.mayConnect(fixture.now), "it stays good");
    fixture.now = fixture.now.plus(Duration.ofDays(1));
    assertThat(renew(newest, fixture.credential())).isInstanceOf(CredentialChange.Done.class);
  }

  // A clock that was years ahead must not keep a device from renewing until then.
  @Test
  void what_was_issued_by_a_clock_ahead_does_not_count() {
    Identity newest = fixture.enrolled("press-1");
    Instant right = fixture.now;
    fixture.now = right.plus(Duration.ofDays(20));
    for (int renewal = 0; renewal < Issuance.RENEWALS_A_DAY_MAX; renewal++) {
      newest = renewed(newest);
    }
    fixture.now = right;
    assertThat(renew(newest, fixture.credential())).isInstanceOf(CredentialChange.Done.class);
  }

  // Firm ground 6: sequence numbers belong to an enrolment, so each has a number.
  @Test
  void a_renewal_inherits_the_enrolment_and_a_fresh_one_counts_on() {
    Identity first = fixture.enrolled("press-1");
    NewCredential renewed = fixture.credential();
    registry().renewCredential(first.credential(), renewed, Duration.ofHours(1));
    NewCredential fresh = fixture.credential();
    registry().addCredential(spiffe("press-1"), fresh, WHY);
    fixture.reopen();

    IdentityView view = registry().view();
    assertThat(first.enrolment()).isEqualTo(1);
    assertThat(view.byCredential(renewed.fingerprint()).orElseThrow().enrolment()).isEqualTo(1);
    assertThat(view.byCredential(fresh.fingerprint()).orElseThrow().enrolment()).isEqualTo(2);
    assertThat(view.byNumber(fixture.add("press-2")).orElseThrow().enrolment()).isZero();
  }

  @Tag("sqlite")
  @Test
  void credentials_of_a_registry_of_version_1_belong_to_a_first_enrolment(@TempDir Path old) {
    TestStores.makeUnsealed(
        old.resolve("control.db"),
        List.of(Resources.bytes(Schema.class, "schema-1.sql").asUtf8()),
        connection -> {
          Sql.update(
              connection,
              "INSERT INTO principal (tenant, kind, name, state, asset, created, position)"
                  + " VALUES ('default', 'device', 'press-1', 'active', ?, 0, 0)",
              AssetText.of(Fixture.press()));
          return Sql.update(
              connection,
              "INSERT INTO credential (fingerprint, principal, issuer, serial, not_before,"
                  + " not_after, state, spki, der, protection, issued)"
                  + " VALUES (?, 1, ?, '1', 0, ?, 'active', ?, x'00', 'unknown', 0)",
              Fixture.ISSUER,
              Fixture.ISSUER,
              Fixture.NOON.plus(Duration.ofDays(1)),
              Fixture.ISSUER);
        });
    try (var migrated = new Fixture(old)) {
      assertThat(migrated.registry.view().byCredential(Fixture.ISSUER).orElseThrow().enrolment())
          .isEqualTo(1);
      NewCredential fresh = migrated.credential();
      migrated.registry.addCredential(spiffe("press-1"), fresh, WHY);
      assertThat(
              migrated.registry.view().byCredential(fresh.fingerprint()).orElseThrow().enrolment())
          .isEqualTo(2);
    }
  }

  @Test
  void keeps_the_certificate_and_knows_no_other() {
    fixture.add("press-1");
    NewCredential credential = fixture.credential();
    registry().addCredential(spiffe("press-1"), credential, WHY);

    assertThat(registry().certificate(credential.fingerprint())).contains(credential.der());
    assertThat(registry().certificate(Fixture.ISSUER)).isEmpty();
    assertThat(registry().view().byCredential(Fixture.ISSUER)).isEmpty();
    assertThat(
            registry().renewCredential(Fixture.ISSUER, fixture.credential(), Duration.ofHours(1)))
        .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.UNKNOWN_CREDENTIAL));
    assertThat(registry().find(device("press-1")).orElseThrow().provisioned())
        .isEqualTo(WHY.reason());
  }

  @Test
  void nobody_unknown_or_disabled_gets_a_credential() {
    assertThat(registry().addCredential(spiffe("ghost"), fixture.credential(), WHY))
        .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.UNKNOWN_PRINCIPAL));
    fixture.add("press-1");
    fixture.move("press-1", LifecycleState.DISABLED);
    assertThat(registry().addCredential(spiffe("press-1"), fixture.credential(), WHY))
        .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.PRINCIPAL_STATE));
  }
}
