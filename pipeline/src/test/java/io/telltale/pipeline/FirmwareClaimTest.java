package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.TenantId;
import io.telltale.leases.RecordSealer;
import io.telltale.roster.DeviceBook;
import io.telltale.roster.Identity;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 28: the registry has the firmware that a device itself said last. */
class FirmwareClaimTest {
  private static final Scope PROD =
      new Scope(TenantId.DEFAULT, "prod", "eu", "pumps", Sensitivity.INTERNAL);

  @TempDir Path folder;
  @AutoClose private Plant plant;
  private Identity press;

  @BeforeEach
  void build() {
    plant = new Plant(folder);
    press = plant.device("press-1", "prod");
  }

  private Bytes saying(long sequence, String firmware) {
    String plain = plant.payload(sequence, 20).asUtf8();
    return Bytes.utf8(
        plain.substring(0, plain.length() - 1) + ",\"firmware\":\"" + firmware + "\"}");
  }

  private void publish(RecordSealer sealer, long sequence, Bytes payload) {
    plant.append(Plant.sealed(sealer, 0, plant.origin(press, sequence), payload));
  }

  private String known() {
    plant.registry.flushSightings();
    return plant.registry.find(press.id()).orElseThrow().firmware();
  }

  @Test
  void what_the_door_fills_in_is_no_claim() {
    try (RecordSealer sealer = plant.sealer()) {
      assertThat(plant.origin(press, 1).firmwareClaimed()).isEqualTo("1.2.3");
      publish(sealer, 1, plant.payload(1, 20));
      plant.pump();
    }
    assertThat(known()).isEqualTo("unknown");
    assertThat(plant.registry.find(press.id()).orElseThrow().lastSeen()).isPresent();
  }

  @Test
  void what_the_payload_says_counts_whatever_its_origin_says() {
    try (RecordSealer sealer = plant.sealer()) {
      publish(sealer, 1, saying(1, "2.0"));
      plant.pump();
    }
    assertThat(known()).isEqualTo("2.0");
  }

  @Test
  void a_record_that_comes_behind_newer_ones_takes_nothing_back() {
    try (RecordSealer sealer = plant.sealer()) {
      publish(sealer, 10, saying(10, "2.0"));
      publish(sealer, 9, saying(9, "1.0"));
      plant.pump();
    }
    assertThat(plant.lake.rows()).hasSize(2);
    assertThat(known()).isEqualTo("2.0");
  }

  @Test
  void a_late_record_of_long_ago_claims_nothing_whatever_was_said_since() {
    try (RecordSealer sealer = plant.sealer()) {
      Bytes kept = saying(9, "1.0");
      plant.turn(Duration.ofMinutes(10));
      publish(sealer, 10, plant.payload(10, 20));
      publish(sealer, 9, kept);
      plant.pump();
    }
    assertThat(plant.lake.rows()).hasSize(2);
    assertThat(known()).isEqualTo("unknown");
  }

  // A clock that was a year ahead once, where numbers are made of it.
  @Test
  void behind_a_number_that_was_too_high_once_a_reading_of_now_still_counts() {
    try (RecordSealer sealer = plant.sealer()) {
      publish(sealer, 1_000_000, saying(1_000_000, "1.0"));
      plant.turn(Duration.ofSeconds(1));
      publish(sealer, 10, saying(10, "2.0"));
      plant.pump();
    }
    assertThat(plant.lake.rows()).hasSize(2);
    assertThat(known()).isEqualTo("2.0");
  }

  @Test
  void a_record_that_waited_for_its_scope_takes_nothing_back() {
    try (RecordSealer sealer = plant.sealer()) {
      publish(sealer, 1, saying(1, "1.0"));
      plant.keys.disable(PROD, Plant.KEY_ACT);
      plant.pump();
      plant.registry.recordFirmware(press.number(), new DeviceBook.Claim(press.enrolment(), "2.0"));
      plant.keys.enable(PROD, Plant.KEY_ACT);
      plant.pump();
    }
    assertThat(plant.lake.rows()).hasSize(1);
    assertThat(known()).isEqualTo("2.0");
  }
}
