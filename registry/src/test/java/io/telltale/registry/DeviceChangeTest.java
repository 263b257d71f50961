package io.telltale.registry;

import static io.telltale.registry.Fixture.OPERATOR;
import static io.telltale.registry.Fixture.WHY;
import static io.telltale.registry.Fixture.device;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.roster.AssetRecord;
import io.telltale.roster.Identity;
import io.telltale.roster.LifecycleState;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A device's record can be changed, with history and without lost updates (RG-1). */
class DeviceChangeTest {
  private final Fixture fixture;

  DeviceChangeTest(@TempDir Path dir) {
    fixture = new Fixture(dir);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private Registry registry() {
    return fixture.registry;
  }

  private RecordChange change(Map<String, String> fields, OptionalInt onlyAfter) {
    return registry()
        .changeDevice(
            new DeviceChange(device("press-1"), fields, Map.of(), Set.of(), onlyAfter), WHY);
  }

  // RG-1, RG-2
  @Test
  void a_device_that_moves_keeps_the_rest_and_its_history_says_what_changed() {
    Identity before = fixture.enrolled("press-1");
    var wanted =
        new DeviceChange(
            device("press-1"),
            Map.of("site", "hall 2", "ownerTeam", ""),
            Map.of("cell", "b"),
            Set.of("line", "never"),
            OptionalInt.of(1));

    var changed =
        (RecordChange.Changed)
            registry().changeDevice(wanted, new Act(OPERATOR, "moved on Monday"));

    assertThat(changed.revision()).isEqualTo(2);
    Identity seen = registry().view().byCredential(before.credential()).orElseThrow();
    var there = new AssetRecord("prod", "eu", "line-a", "press", "", "hall 2", Map.of("cell", "b"));
    assertThat(seen.asset()).isEqualTo(there);
    assertThat(seen.feedPosition()).isEqualTo(changed.position());
    assertThat(seen.state()).isEqualTo(LifecycleState.ACTIVE);
    var event = registry().outbox().after(0, 10_000).getLast().event();
    assertThat(event.type()).isEqualTo("device.changed");
    assertThat(event.details())
        .containsEntry("from.site", "hall 1")
        .containsEntry("to.site", "hall 2")
        .containsEntry("to.labels.cell", "b")
        .containsEntry("reason", "moved on Monday")
        .containsEntry("revision", "2")
        .doesNotContainKey("from.region");
    fixture.reopen();
    assertThat(registry().find(device("press-1")).orElseThrow().asset()).isEqualTo(there);
    HistoryEntry last = registry().history(before.number(), 100).getLast();
    assertThat(last.from()).contains(LifecycleState.ACTIVE);
    assertThat(last.changes())
        .containsExactly(
            new FieldChange("labels.cell", "", "b"),
            new FieldChange("labels.line", "7", ""),
            new FieldChange("ownerTeam", "team", ""),
            new FieldChange("site", "hall 1", "hall 2"));
  }

  @Test
  void two_who_change_what_they_both_saw_do_not_undo_each_other() {
    fixture.add("press-1");
    assertThat(change(Map.of("site", "hall 2"), OptionalInt.of(1)))
        .isInstanceOf(RecordChange.Changed.class);
    assertThat(change(Map.of("site", "hall 3"), OptionalInt.of(1)))
        .isEqualTo(new RecordChange.Stale(2));
    assertThat(change(Map.of("region", "us"), OptionalInt.empty()))
        .isInstanceOf(RecordChange.Changed.class);
    AssetRecord now = registry().find(device("press-1")).orElseThrow().asset();
    assertThat(now.site()).isEqualTo("hall 2");
    assertThat(now.region()).isEqualTo("us");
  }

  @Test
  void what_is_so_already_or_would_be_no_record_changes_nothing() {
    fixture.add("press-1");
    List<String> events = fixture.events();
    assertThat(change(Map.of("site", "hall 1"), OptionalInt.empty()))
        .isEqualTo(new RecordChange.Unchanged(1));
    assertThat(change(Map.of("type", "toaster", "region", "e/u"), OptionalInt.empty()))
        .isInstanceOfSatisfying(
            RecordChange.Invalid.class, invalid -> assertThat(invalid.mistakes()).hasSize(2));
    assertThat(
            registry()
                .changeDevice(
                    new DeviceChange(
                        device("ghost"), Map.of(), Map.of(), Set.of(), OptionalInt.empty()),
                    WHY))
        .isEqualTo(new RecordChange.Unknown());
    assertThat(fixture.events()).isEqualTo(events);
  }

  @Test
  void the_types_that_it_had_are_remembered() {
    int number = fixture.add("press-1");
    change(Map.of("type", "pump"), OptionalInt.empty());
    change(Map.of("site", "x"), OptionalInt.empty());
    assertThat(registry().formerTypes(number)).containsExactly("press");
  }

  @Test
  void a_version_with_build_metadata_is_noted() {
    Identity identity = fixture.enrolled("press-1");
    registry().recordFirmware(identity.number(), Fixture.claim("1.2.3+7"));
    registry().flushSightings();
    assertThat(registry().view().byNumber(identity.number()).orElseThrow().firmwareClaimed())
        .isEqualTo("1.2.3+7");
  }

  @Test
  void what_a_device_says_last_stands_even_if_it_is_what_was_known_before() {
    Identity identity = fixture.enrolled("press-1");
    registry().recordFirmware(identity.number(), Fixture.claim("1.0"));
    registry().flushSightings();
    // Too early to be written, and taken back before it is.
    registry().recordFirmware(identity.number(), Fixture.claim("2.0"));
    registry().flushSightings();
    registry().recordFirmware(identity.number(), Fixture.claim("1.0"));
    registry().flushSightings();
    fixture.now = fixture.now.plusSeconds(61);
    registry().flushSightings();
    assertThat(firmware(identity)).isEqualTo("1.0");
    assertThat(fixture.events().stream().filter("device.firmware-claimed"::equals)).hasSize(1);
  }

  @Test
  void that_it_is_unknown_is_no_claim() {
    Identity identity = fixture.enrolled("press-1");
    registry().recordFirmware(identity.number(), Fixture.claim("1.0"));
    registry().flushSightings();
    fixture.now = fixture.now.plusSeconds(61);
    registry().recordFirmware(identity.number(), Fixture.claim("unknown"));
    registry().flushSightings();
    assertThat(firmware(identity)).isEqualTo("1.0");
  }

  private String firmware(Identity identity) {
    return registry().view().byNumber(identity.number()).orElseThrow().firmwareClaimed();
  }

  // It was stored with what another machine sent under the next certificate.
  @Test
  void a_device_that_enrolls_anew_has_claimed_no_firmware() {
    Identity identity = fixture.enrolled("press-1");
    registry().recordFirmware(identity.number(), Fixture.claim("1.2.3"));
    registry().flushSightings();
    // Noted, and too early to be written before the next enrolment.
    registry().recordFirmware(identity.number(), Fixture.claim("1.2.4"));
    registry().flushSightings();
    registry().addCredential(identity.id(), fixture.credential(), WHY);
    registry().recordFirmware(identity.number(), Fixture.claim("1.2.5"));
    fixture.now = fixture.now.plusSeconds(61);
    registry().flushSightings();
    assertThat(registry().view().byNumber(identity.number()).orElseThrow().firmwareClaimed())
        .isEqualTo("unknown");
  }
}
