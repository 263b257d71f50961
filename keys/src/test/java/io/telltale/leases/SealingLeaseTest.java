package io.telltale.leases;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Entropy;
import io.telltale.kernel.Bytes;
import io.telltale.keys.House;
import io.telltale.testkit.MovingClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a sealer takes a new lease, and when it must not seal at all. */
@NullMarked
class SealingLeaseTest {
  @TempDir Path folder;
  private House house;

  @BeforeEach
  void open() {
    house = new House(folder);
  }

  @AfterEach
  void close() {
    house.close();
  }

  @Test
  void a_door_that_restarts_takes_a_new_lease() {
    var tape = new Tape(0);
    for (int round = 0; round < 3; round++) {
      try (RecordSealer sealer = house.sealer()) {
        tape.seal(sealer, round, round + 1);
      }
    }
    assertThat(tape.entries).hasSize(6);
    try (RecordOpener opener = house.opener(0)) {
      assertThat(tape.openAll(opener)).hasSize(3);
    }
  }

  @Test
  void retiring_starts_a_new_lease() {
    var tape = new Tape(0);
    try (RecordSealer sealer = house.sealer();
        RecordOpener opener = house.opener(0)) {
      tape.seal(sealer, 0, 2);
      Bytes lost = tape.seal(sealer, House.origin(2), House.payload(2));
      tape.entries.remove(lost);
      sealer.retire();
      tape.seal(sealer, 2, 4);
      assertThat(tape.openAll(opener)).hasSize(4);
    }
  }

  @Test
  void a_lease_ends_after_an_hour_at_midnight_and_when_the_clock_goes_back() {
    var tape = new Tape(0);
    try (RecordSealer sealer = house.sealer();
        RecordOpener opener = house.opener(0)) {
      tape.seal(sealer, 0, 1);
      house.clock.move(Duration.ofMinutes(59));
      tape.seal(sealer, 1, 2);
      assertThat(tape.entries).as("still the first lease").hasSize(3);
      house.clock.move(Duration.ofMinutes(1));
      tape.seal(sealer, 2, 3);
      assertThat(tape.entries).as("hourly").hasSize(5);
      house.clock.set(Instant.parse("2026-11-23T23:59:59.999Z"));
      tape.seal(sealer, 3, 4);
      house.clock.move(Duration.ofMillis(1));
      tape.seal(sealer, 4, 5);
      assertThat(tape.entries).as("at the epoch's end").hasSize(9);
      house.clock.move(Duration.ofMinutes(-10));
      tape.seal(sealer, 5, 6);
      assertThat(tape.entries).as("the clock went back").hasSize(11);
      assertThat(tape.openAll(opener)).hasSize(6);
    }
  }

  @Test
  void a_clock_that_jumps_by_years_seals_nothing() {
    try (RecordSealer sealer = house.sealer()) {
      new Tape(0).seal(sealer, 0, 1);
      var ahead = new MovingClock(House.NOON);
      ahead.move(Duration.ofDays(400));
      try (RecordSealer lost =
          Sealers.create(house.door, house.authority.pinned(), Entropy.system(), ahead)) {
        assertThat(lost.seal(0, House.origin(1), House.payload(1)))
            .isEqualTo(new RecordSealer.Sealed.Unavailable("day-out-of-range"));
      }
    }
  }

  @Test
  void a_lease_ends_when_its_messages_are_used_up() {
    var tape = new Tape(0);
    var means = means(3, _ -> {});
    try (RecordSealer sealer = new LeasedSealer(() -> house.door, house.authority.pinned(), means);
        RecordOpener opener = house.opener(0)) {
      tape.seal(sealer, 0, 7);
      assertThat(tape.entries).hasSize(7 + 3);
      assertThat(tape.openAll(opener)).hasSize(7);
    }
  }

  @Test
  void the_next_lease_and_the_next_day_are_ready_before_they_are_needed() {
    var tape = new Tape(0);
    var service = new Line(house.authority);
    var means = means(LeasedSealer.MESSAGES_MAX, Runnable::run);
    try (RecordSealer sealer =
            new LeasedSealer(
                () -> house.door, new PinnedKeys(service, house.authority.epochSigners()), means);
        RecordOpener opener = house.opener(0)) {
      tape.seal(sealer, 0, 1);
      house.clock.move(Duration.ofSeconds(59 * 60 + 30));
      tape.seal(sealer, 1, 2);
      service.cut = true;
      house.clock.move(Duration.ofSeconds(31));
      tape.seal(sealer, 2, 3);
      assertThat(tape.entries).as("the next lease, announced").hasSize(5);

      service.cut = false;
      house.clock.set(Instant.parse("2026-11-23T23:59:10Z"));
      tape.seal(sealer, 3, 5);
      assertThat(tape.entries).hasSize(8);
      service.cut = true;
      house.clock.move(Duration.ofSeconds(51));
      tape.seal(sealer, 5, 6);
      assertThat(tape.entries).as("the next day's").hasSize(10);
      assertThat(tape.openAll(opener)).hasSize(6);
    }
  }

  @Test
  void a_lease_made_ahead_is_void_when_the_key_is_disabled_meanwhile() {
    var tape = new Tape(0);
    var later = new ArrayDeque<Runnable>();
    var means = means(LeasedSealer.MESSAGES_MAX, later::add);
    try (RecordSealer sealer =
        new LeasedSealer(() -> house.door, house.authority.pinned(), means)) {
      tape.seal(sealer, 0, 1);
      house.clock.move(Duration.ofSeconds(59 * 60 + 30));
      tape.seal(sealer, 1, 2);
      house.authority.disable(House.SCOPE, House.act("suspicion"));
      later.remove().run();
      assertThat(sealer.seal(0, House.origin(2), House.payload(2)))
          .isEqualTo(new RecordSealer.Sealed.Unavailable("scope-key-disabled"));
    }
  }

  private LeasedSealer.Supplies means(long messagesMax, Executor aside) {
    Entropy entropy = Entropy.system();
    SealerRuns runs = SealerRuns.unstated(entropy, 16);
    return new LeasedSealer.Supplies(runs, entropy, house.clock, messagesMax, aside);
  }
}
