package io.telltale.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.UnavailableException;
import io.telltale.record.LeaseAnnouncement;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cached keys are worth while the key service cannot be reached. */
@NullMarked
class GraceTest {
  @TempDir Path folder;

  /** The authority behind a line that can be cut. */
  private static final class Line implements KeyService {
    private final KeyService behind;
    private boolean cut;

    Line(KeyService behind) {
      this.behind = behind;
    }

    private KeyService reach() {
      if (cut) {
        throw new UnavailableException("reaching the key service");
      }
      return behind;
    }

    @Override
    public EpochKey epochPublic(Scope scope, LocalDate day, SpiffeId caller) {
      return reach().epochPublic(scope, day, caller);
    }

    @Override
    public LeaseAccess openLease(LeaseAnnouncement lease, SpiffeId caller) {
      return reach().openLease(lease, caller);
    }

    @Override
    public Standing standing(Scope scope, Operation operation, SpiffeId caller) {
      return reach().standing(scope, operation, caller);
    }

    @Override
    public Listening listen(KeyListener listener) {
      return () -> {};
    }
  }

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
        house.clock.turn(Duration.ofMinutes(minutes));
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
  void a_withdrawn_grant_is_noticed_within_a_minute() {
    try (House house = new House(folder)) {
      var tape = new Tape(0);
      try (RecordSealer sealer = house.sealer();
          RecordOpener opener = house.opener(0)) {
        tape.seal(sealer, 0, 3);
        opener.open(tape.entries.get(0));
        assertThat(Tape.why(opener.open(tape.entries.get(1)))).isEqualTo("authentic");
        house.authority.withdraw(Grant.all(House.PIPELINE, Operation.OPEN), House.act("moved on"));
        house.clock.turn(Duration.ofSeconds(60));
        assertThat(Tape.why(opener.open(tape.entries.get(2))))
            .isEqualTo("unavailable: opener-not-granted");
      }
    }
  }
}
