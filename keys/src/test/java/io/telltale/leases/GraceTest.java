package io.telltale.leases;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.UnavailableException;
import io.telltale.keys.Grant;
import io.telltale.keys.House;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cached keys are worth while the key service cannot be reached. */
@NullMarked
class GraceTest {
  @TempDir Path folder;

  private String afterMinutes(Sensitivity sensitivity, int minutes) {
    try (House house = new House(folder.resolve(sensitivity + "-" + minutes))) {
      var line = new Line(house.authority);
      Openers.Setup setup = house.setup(0);
      var cuttable =
          new Openers.Setup(0, House.PIPELINE, line, setup.sealers(), setup.seal(), setup.clock());
      var tape = new Tape(0);
      Scope scope = House.scope("plant-1", sensitivity);
      try (RecordSealer sealer = house.sealer();
          RecordOpener opener = Openers.open(cuttable)) {
        tape.seal(sealer, House.origin(scope, "pump-7", 1), House.payload(1));
        tape.seal(sealer, House.origin(scope, "pump-7", 2), House.payload(2));
        opener.open(tape.entries.get(0));
        opener.open(tape.entries.get(1));
        line.cut = true;
        house.clock.move(Duration.ofMinutes(minutes));
        return Tape.why(opener.open(tape.entries.get(2)));
      }
    }
  }

  @Test
  void the_more_sensitive_the_shorter_the_grace() {
    String gone = "unavailable: key-service-unreachable";
    assertThat(afterMinutes(Sensitivity.RESTRICTED, 0)).isEqualTo("authentic");
    assertThat(afterMinutes(Sensitivity.RESTRICTED, 1)).isEqualTo(gone);
    assertThat(afterMinutes(Sensitivity.CONFIDENTIAL, 4)).isEqualTo("authentic");
    assertThat(afterMinutes(Sensitivity.CONFIDENTIAL, 5)).isEqualTo(gone);
    assertThat(afterMinutes(Sensitivity.INTERNAL, 14)).isEqualTo("authentic");
    assertThat(afterMinutes(Sensitivity.INTERNAL, 15)).isEqualTo(gone);
    assertThat(afterMinutes(Sensitivity.PUBLIC, 59)).isEqualTo("authentic");
    assertThat(afterMinutes(Sensitivity.PUBLIC, 60)).isEqualTo(gone);
  }

  @Test
  void a_directory_that_does_not_know_yet_costs_no_record() {
    try (House house = new House(folder)) {
      var tape = new Tape(0);
      Openers.Setup setup = house.setup(0);
      var ready = new AtomicBoolean();
      SealerDirectory late =
          (credential, announced) -> {
            if (!ready.get()) {
              throw new UnavailableException("reading the registry");
            }
            return setup.sealers().sealer(credential, announced);
          };
      var withLate =
          new Openers.Setup(0, House.PIPELINE, setup.keys(), late, setup.seal(), setup.clock());
      try (RecordSealer sealer = house.sealer();
          RecordOpener opener = Openers.open(withLate)) {
        tape.seal(sealer, 0, 1);
        assertThat(Tape.why(opener.open(tape.entries.get(0))))
            .isEqualTo("unavailable: sealer-directory-unreachable");
        ready.set(true);
        assertThat(tape.openAll(opener)).hasSize(1);
      }
    }
  }

  @Test
  void a_refusal_that_a_machine_repeats_is_one_event() {
    try (House house = new House(folder)) {
      house.authority.withdraw(Grant.all(House.DOOR, Operation.SEAL), House.act("test"));
      try (RecordSealer sealer = house.sealer()) {
        for (int i = 0; i < 100; i++) {
          sealer.seal(0, House.origin(i), House.payload(i));
        }
      }
      assertThat(house.eventTypes().stream().filter("key.refused"::equals)).hasSize(1);
    }
  }

  @Test
  void a_withdrawn_grant_ends_opening_and_sealing_at_once() {
    try (House house = new House(folder)) {
      var tape = new Tape(0);
      try (RecordSealer sealer = house.sealer();
          RecordOpener opener = house.opener(0)) {
        tape.seal(sealer, 0, 3);
        opener.open(tape.entries.get(0));
        assertThat(Tape.why(opener.open(tape.entries.get(1)))).isEqualTo("authentic");
        house.authority.withdraw(Grant.all(House.PIPELINE, Operation.OPEN), House.act("moved on"));
        assertThat(Tape.why(opener.open(tape.entries.get(2))))
            .isEqualTo("closed: opener-not-granted");
        house.authority.withdraw(Grant.all(House.DOOR, Operation.SEAL), House.act("stolen"));
        assertThat(sealer.seal(0, House.origin(9), House.payload(9)))
            .isEqualTo(new RecordSealer.Sealed.Unavailable("not-granted"));
        house.authority.grant(Grant.all(House.PIPELINE, Operation.OPEN), House.act("back"));
        assertThat(Tape.why(opener.open(tape.entries.get(2)))).isEqualTo("sealer-not-granted");
      }
    }
  }
}
