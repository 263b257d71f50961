package io.telltale.registry;

import static io.telltale.registry.Fixture.OPERATOR;
import static io.telltale.registry.Fixture.WHY;
import static io.telltale.registry.Fixture.device;
import static io.telltale.registry.Fixture.press;
import static io.telltale.registry.Fixture.spiffe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SourceBlock;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.CredentialState;
import io.telltale.roster.Identity;
import io.telltale.roster.IdentityView;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.Principal;
import io.telltale.roster.Role;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryTest {
  private Fixture fixture;

  RegistryTest(@TempDir Path dir) {
    fixture = new Fixture(dir);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private Registry registry() {
    return fixture.registry;
  }

  @Nested
  class Registering {
    // RG-1
    @Test
    void a_device_is_there_with_everything_that_was_said_of_it_after_a_restart_too() {
      int number = fixture.add("press-1");
      fixture.reopen();

      Principal found = registry().find(device("press-1")).orElseThrow();
      assertThat(found.number()).isEqualTo(number);
      assertThat(found.state()).isEqualTo(LifecycleState.REGISTERED);
      assertThat(found.asset()).isEqualTo(press());
      Identity seen = registry().view().byDevice(device("press-1")).orElseThrow();
      assertThat(seen.asset()).isEqualTo(press());
      assertThat(seen.credential()).isEqualTo(Identity.NO_CREDENTIAL);
      assertThat(seen.mayConnect(fixture.now)).isFalse();
      assertThat(registry().view().byNumber(number)).contains(seen);
    }

    @Test
    void the_same_again_changes_nothing_and_other_content_is_a_conflict() {
      int number = fixture.add("press-1");
      List<String> events = fixture.events();

      assertThat(registry().addDevice(new NewDevice(device("press-1"), press()), OPERATOR))
          .isEqualTo(new Registration.Unchanged(number));
      var other = new AssetRecord("test", "eu", "line-a", "press", "", "", Map.of());
      assertThat(registry().addDevice(new NewDevice(device("press-1"), other), OPERATOR))
          .isEqualTo(
              new Registration.Conflict(
                  number,
                  LifecycleState.REGISTERED,
                  List.of(
                      new FieldChange("environment", "prod", "test"),
                      new FieldChange("labels.line", "7", ""),
                      new FieldChange("ownerTeam", "team", ""),
                      new FieldChange("site", "hall 1", ""))));
      assertThat(fixture.events()).isEqualTo(events);
    }

    @Test
    void every_mistake_in_a_description_is_named() {
      var bad = new AssetRecord("", "e/u", "a b", "toaster", "a\nb", "K\ufffdln", Map.of("", "x"));
      Registration result = registry().addDevice(new NewDevice(device("x"), bad), OPERATOR);

      assertThat(((Registration.Invalid) result).mistakes()).hasSize(7);
      assertThat(registry().find(device("x"))).isEmpty();
    }

    @Test
    void many_devices_come_in_one_transaction_each_with_its_answer() {
      var devices = new ArrayList<NewDevice>();
      for (int i = 0; i < 500; i++) {
        devices.add(new NewDevice(device("d-" + i), press()));
      }
      devices.add(new NewDevice(device("d-7"), press()));
      List<Registration> results = registry().addDevices(devices, OPERATOR);

      assertThat(results.subList(0, 500)).hasOnlyElementsOfType(Registration.Registered.class);
      assertThat(results.get(500)).isInstanceOf(Registration.Unchanged.class);
    }

    @Test
    void a_service_and_a_person_are_active_at_once_and_have_roles() {
      var person = new SpiffeId(Fixture.DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.PERSON, "operator");
      registry().addPrincipal(person, Set.of(Role.OPERATOR, Role.ANALYST), "system");
      var added =
          (CredentialChange.Done) registry().addCredential(person, fixture.credential(), WHY);
      registry().addCredential(person, fixture.credential(), WHY);
      fixture.reopen();

      Identity identity =
          registry().view().byCredential(added.identity().credential()).orElseThrow();
      assertThat(identity.mayConnect(fixture.now)).isTrue();
      assertThat(registry().roles(identity)).containsExactlyInAnyOrder(Role.OPERATOR, Role.ANALYST);

      registry().transition(person, LifecycleState.DISABLED, WHY);
      assertThat(
              registry()
                  .view()
                  .byCredential(added.identity().credential())
                  .orElseThrow()
                  .mayConnect(fixture.now))
          .isFalse();
      assertThat(registry().transition(person, LifecycleState.RETIRED, WHY))
          .isInstanceOf(Transition.Illegal.class);
    }

    @Test
    void lists_page_by_page_with_filters() {
      for (int i = 0; i < 25; i++) {
        fixture.add("press-%02d".formatted(i));
      }
      fixture.move("press-03", LifecycleState.RETIRED);
      var other = new AssetRecord("test", "eu", "line-a", "pump", "", "", Map.of());
      registry().addDevice(new NewDevice(device("pump-1"), other), OPERATOR);

      var names = new ArrayList<String>();
      String after = "";
      while (true) {
        List<Principal> page =
            registry()
                .list(
                    new DeviceQuery(
                        TenantId.DEFAULT,
                        after,
                        10,
                        Set.of(LifecycleState.REGISTERED),
                        Map.of("environment", "prod", "labels.line", "7")));
        if (page.isEmpty()) {
          break;
        }
        page.forEach(principal -> names.add(principal.id().name()));
        after = page.getLast().id().name();
      }
      assertThat(names).hasSize(24).isSorted().doesNotContain("press-03", "pump-1");
      assertThat(
              registry().list(new DeviceQuery(new TenantId("other"), "", 10, Set.of(), Map.of())))
          .isEmpty();
      assertThat(registry().countByState(TenantId.DEFAULT))
          .isEqualTo(Map.of("registered", 25L, "retired", 1L));
    }

    @Test
    void a_file_of_another_trust_domain_is_refused() {
      fixture.registry.close();
      InstantSource clock = () -> fixture.now;
      assertThatThrownBy(
              () -> Registry.open(Fixture.settings(fixture.file, "other.example", clock)))
          .isInstanceOf(CorruptException.class);
    }
  }

  @Nested
  class Living {
    // RG-2, RG-3
    @Test
    void compromise_revokes_credentials_and_voids_tokens_at_once() {
      Identity identity = fixture.enrolled("press-1");
      registry()
          .createToken(
              device("press-1"), Registry.tokenHash("t"), Duration.ofMinutes(10), OPERATOR);

      assertThat(fixture.move("press-1", LifecycleState.COMPROMISED))
          .isInstanceOf(Transition.Moved.class);

      Identity after = registry().view().byCredential(identity.credential()).orElseThrow();
      assertThat(after.credentialState()).isEqualTo(CredentialState.REVOKED);
      assertThat(after.mayConnect(fixture.now)).isFalse();
      assertThat(fixture.present("press-1", Registry.tokenHash("t")))
          .isEqualTo(new TokenEnrollment.TokenRefused(TokenRefusal.VOIDED));
      assertThat(fixture.events()).contains("device.compromised", "credential.revoked");
      assertThat(registry().revoked().all(Fixture.ISSUER)).hasSize(1);
    }

    // RG-4
    @Test
    void a_device_that_comes_back_enrolls_again_with_a_new_key() {
      fixture.add("press-1");
      NewCredential first = fixture.credential("the key");
      registry().addCredential(spiffe("press-1"), first, WHY);
      fixture.move("press-1", LifecycleState.DISABLED);

      assertThat(fixture.move("press-1", LifecycleState.ACTIVE))
          .isInstanceOf(Transition.Illegal.class);
      fixture.move("press-1", LifecycleState.REGISTERED);
      assertThat(fixture.move("press-1", LifecycleState.ACTIVE))
          .isInstanceOf(Transition.Illegal.class);
      assertThat(
              registry().view().byCredential(first.fingerprint()).orElseThrow().credentialState())
          .isEqualTo(CredentialState.REVOKED);
      assertThat(registry().addCredential(spiffe("press-1"), fixture.credential("the key"), WHY))
          .isEqualTo(new CredentialChange.Refused(CredentialChange.Reason.KEY_KNOWN));
      assertThat(registry().addCredential(spiffe("press-1"), fixture.credential(), WHY))
          .isInstanceOf(CredentialChange.Done.class);
      assertThat(registry().find(device("press-1")).orElseThrow().state())
          .isEqualTo(LifecycleState.ACTIVE);
    }

    @Test
    void quarantine_cuts_off_and_release_restores_the_same_credential() {
      Identity identity = fixture.enrolled("press-1");
      fixture.move("press-1", LifecycleState.QUARANTINED);
      assertThat(
              registry()
                  .view()
                  .byCredential(identity.credential())
                  .orElseThrow()
                  .mayConnect(fixture.now))
          .isFalse();
      assertThat(fixture.move("press-1", LifecycleState.QUARANTINED))
          .isInstanceOf(Transition.Unchanged.class);
      fixture.move("press-1", LifecycleState.ACTIVE);
      assertThat(
              registry()
                  .view()
                  .byCredential(identity.credential())
                  .orElseThrow()
                  .mayConnect(fixture.now))
          .isTrue();
    }

    // RG-2
    @Test
    void the_history_is_complete_with_actor_reason_and_time() {
      Identity identity = fixture.enrolled("press-1");
      fixture.now = fixture.now.plusSeconds(60);
      registry()
          .transition(device("press-1"), LifecycleState.COMPROMISED, new Act(OPERATOR, "stolen"));

      List<HistoryEntry> history = registry().history(identity.number(), 100);
      assertThat(history)
          .extracting(HistoryEntry::to)
          .containsExactly(
              LifecycleState.REGISTERED, LifecycleState.ACTIVE, LifecycleState.COMPROMISED);
      assertThat(history.getLast().act()).isEqualTo(new Act(OPERATOR, "stolen"));
      assertThat(history.getLast().time()).isEqualTo(fixture.now);
      assertThat(history.getFirst().from()).isEmpty();
    }

    @Test
    void listeners_hear_of_each_act_whole_and_in_order_once_the_view_shows_it() {
      Identity identity = fixture.enrolled("press-1");
      var acts = new ArrayList<Integer>();
      var positions = new ArrayList<Long>();
      var states = new ArrayList<LifecycleState>();
      registry()
          .view()
          .onChange(
              act -> {
                acts.add(act.size());
                for (IdentityView.Change change : act) {
                  positions.add(change.position());
                  states.add(registry().view().byNumber(change.number()).orElseThrow().state());
                }
              });
      registry()
          .view()
          .onChange(
              act -> {
                throw new IllegalStateException("planted");
              });

      var moved = (Transition.Moved) fixture.move("press-1", LifecycleState.COMPROMISED);

      assertThat(acts).containsExactly(2);
      assertThat(positions).isSorted().doesNotHaveDuplicates().hasSize(2);
      assertThat(states).containsOnly(LifecycleState.COMPROMISED);
      assertThat(moved.position()).isEqualTo(positions.getLast());
      assertThat(registry().view().position()).isEqualTo(moved.position());
      assertThat(registry().view().byNumber(identity.number()).orElseThrow().feedPosition())
          .isEqualTo(moved.position());
    }

    @Test
    void nobody_moves_a_device_that_is_not_there() {
      assertThat(fixture.move("ghost", LifecycleState.RETIRED))
          .isInstanceOf(Transition.Unknown.class);
    }
  }

  @Nested
  class Tokens {
    private final io.telltale.kernel.Hash hash = Registry.tokenHash("token");

    @BeforeEach
    void create() {
      fixture.add("press-1");
      fixture.add("press-2");
      registry().createToken(device("press-1"), hash, Duration.ofMinutes(10), OPERATOR);
    }

    private void assertRefused(String name, TokenRefusal why) {
      int before = fixture.events().size();
      assertThat(fixture.present(name, hash)).isEqualTo(new TokenEnrollment.TokenRefused(why));
      assertThat(fixture.events()).hasSize(before + 1).last().isEqualTo("token.refused");
    }

    // ID-4
    @Test
    void is_good_once() {
      assertThat(fixture.present("press-1", hash)).isInstanceOf(TokenEnrollment.Enrolled.class);
      assertRefused("press-1", TokenRefusal.ALREADY_SPENT);
      fixture.reopen();
      assertRefused("press-1", TokenRefusal.ALREADY_SPENT);
    }

    // ID-4
    @Test
    void is_good_once_for_many_at_the_same_moment_too() throws Exception {
      var results = new ConcurrentLinkedQueue<TokenEnrollment>();
      var threads = new ArrayList<Thread>();
      for (int i = 0; i < 32; i++) {
        TokenEnrollment.Wanted wanted = fixture.wanted("press-1", hash, Fixture.SOURCE);
        threads.add(Thread.startVirtualThread(() -> results.add(registry().enroll(wanted))));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(results).hasSize(32);
      assertThat(results.stream().filter(TokenEnrollment.Enrolled.class::isInstance)).hasSize(1);
    }

    // ID-4
    @Test
    void is_refused_late() {
      fixture.now = fixture.now.plus(Duration.ofMinutes(10));
      assertRefused("press-1", TokenRefusal.EXPIRED);
    }

    // Firm ground 23: else it would be good for as long as the clock was ahead.
    @Test
    void is_refused_if_it_was_made_while_the_clock_was_ahead() {
      fixture.now = fixture.now.minus(Duration.ofMinutes(4));
      assertThat(fixture.present("press-1", hash)).isInstanceOf(TokenEnrollment.Enrolled.class);
      fixture.now = fixture.now.plus(Duration.ofDays(19));
      var ahead = Registry.tokenHash("ahead");
      registry().createToken(device("press-2"), ahead, Duration.ofHours(1), OPERATOR);
      fixture.now = fixture.now.minus(Duration.ofDays(19));
      assertThat(fixture.present("press-2", ahead))
          .isEqualTo(new TokenEnrollment.TokenRefused(TokenRefusal.EXPIRED));
    }

    // ID-4
    @Test
    void is_refused_for_another_device_and_stays_good_for_its_own() {
      assertRefused("press-2", TokenRefusal.WRONG_DEVICE);
      assertThat(fixture.present("press-1", hash)).isInstanceOf(TokenEnrollment.Enrolled.class);
    }

    @Test
    void is_refused_when_unknown_or_for_a_device_that_may_not_enroll() {
      assertRefused("ghost", TokenRefusal.UNKNOWN_DEVICE);
      assertThat(fixture.present("press-1", Registry.tokenHash("guess")))
          .isEqualTo(new TokenEnrollment.TokenRefused(TokenRefusal.UNKNOWN_TOKEN));
      registry().addCredential(spiffe("press-1"), fixture.credential(), WHY);
      fixture.move("press-1", LifecycleState.QUARANTINED);
      assertRefused("press-1", TokenRefusal.DEVICE_STATE);
      assertThat(
              registry()
                  .createToken(
                      device("press-1"), Registry.tokenHash("n"), Duration.ofHours(1), OPERATOR))
          .isEqualTo(new TokenCreation.WrongState(LifecycleState.QUARANTINED));
    }

    @Test
    void many_sources_that_flood_leave_room_for_the_first_word_of_another() {
      for (int i = 0; i < 2_000; i++) {
        var source = SourceBlock.parse("198.51.100." + i % 50);
        fixture.present("press-2", hash, source);
      }
      assertThat(fixture.events().stream().filter("token.refused"::equals))
          .hasSizeBetween(120, 239);
      int before = fixture.events().size();
      fixture.present("press-1", Registry.tokenHash("guess"));
      assertThat(fixture.events()).hasSize(before + 1);
      for (int i = 0; i < 2_000; i++) {
        fixture.present("press-2", hash, SourceBlock.parse("s" + i));
      }
      assertThat(fixture.events().stream().filter("token.refused"::equals)).hasSize(240);
    }

    @Test
    void a_flood_of_refusals_does_not_flood_the_ledger_and_is_counted() {
      for (int i = 0; i < 300; i++) {
        fixture.present("press-2", hash);
      }
      assertThat(fixture.events().stream().filter("token.refused"::equals)).hasSize(20);
      fixture.now = fixture.now.plusSeconds(60);
      fixture.present("press-2", hash);
      assertThat(registry().outbox().after(0, 10_000).getLast().event().details())
          .containsEntry("notRecordedBefore", "280");
    }

    @Test
    void a_device_has_few_open_tokens() {
      TokenCreation last = new TokenCreation.UnknownDevice();
      for (int i = 0; i < 20; i++) {
        last =
            registry()
                .createToken(
                    device("press-1"), Registry.tokenHash("x" + i), Duration.ofHours(1), OPERATOR);
      }
      assertThat(last).isInstanceOf(TokenCreation.TooMany.class);
    }
  }

  @Nested
  class Noticing {
    @Test
    void sightings_are_durable_after_a_flush_and_firmware_is_an_event() {
      Identity identity = fixture.enrolled("press-1");
      registry().seen(identity.number());
      registry().seen(4711);
      registry().recordFirmware(identity.number(), Fixture.claim("1.2.3"));
      registry().recordFirmware(4711, Fixture.claim("1.2.3"));
      registry().recordFirmware(identity.number(), Fixture.claim("not a version\n"));
      registry().flushSightings();

      assertThat(registry().view().byNumber(identity.number()).orElseThrow().firmwareClaimed())
          .isEqualTo("1.2.3");
      assertThat(fixture.events()).contains("device.firmware-claimed");
      fixture.reopen();
      Principal found = registry().find(device("press-1")).orElseThrow();
      assertThat(found.lastSeen()).contains(Fixture.NOON);
      assertThat(found.firmware()).isEqualTo("1.2.3");
    }

    @Test
    void firmware_that_changes_all_the_time_is_recorded_once_a_minute() {
      Identity identity = fixture.enrolled("press-1");
      for (int i = 0; i < 20; i++) {
        registry().recordFirmware(identity.number(), Fixture.claim("1." + i));
        registry().flushSightings();
      }
      assertThat(fixture.events().stream().filter("device.firmware-claimed"::equals)).hasSize(1);
      fixture.now = fixture.now.plusSeconds(60);
      registry().flushSightings();
      assertThat(registry().view().byNumber(identity.number()).orElseThrow().firmwareClaimed())
          .isEqualTo("1.19");
    }
  }

  @Test
  void the_outbox_is_numbered_from_one_without_gaps_and_forgets_what_is_sequenced() {
    for (int i = 0; i < 10; i++) {
      fixture.add("d-" + i);
    }
    var numbered = registry().outbox().after(0, 100);
    for (int i = 0; i < numbered.size(); i++) {
      assertThat(numbered.get(i).number()).isEqualTo(i + 1L);
    }
    long last = numbered.getLast().number();
    registry().outbox().sequenced(last);
    assertThat(registry().outbox().after(0, 100)).isEmpty();
    fixture.reopen();
    var heard = new ArrayList<String>();
    registry().outbox().onCommitted(() -> heard.add("committed"));
    fixture.add("later");
    assertThat(registry().outbox().after(last, 100).getFirst().number()).isEqualTo(last + 1);
    assertThat(heard).isNotEmpty();
  }

  @Test
  void an_unknown_fingerprint_is_unknown() {
    assertThat(registry().view().byCredential(new Fingerprint(Registry.tokenHash("x")))).isEmpty();
  }
}
