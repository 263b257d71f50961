package io.telltale.leases;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Entropy;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.keys.House;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A lease is taken once, however many there are and however long ago it was (row 12). */
@NullMarked
class LeaseOrderTest {
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

  private static Scope scope(int number) {
    return House.scope("plant-" + number, Sensitivity.INTERNAL);
  }

  private static void seal(Tape tape, RecordSealer sealer, int scope, long sequence) {
    tape.seal(sealer, House.origin(scope(scope), "pump-7", sequence), House.payload(sequence));
  }

  private RecordOpener opener(MapMemory memory) {
    return Openers.open(house.setup(0), memory.state(), memory);
  }

  // Row 12: the oldest of 1,024 used to go, and its next record was dead-lettered.
  @Test
  void more_than_a_thousand_leases_live_side_by_side() {
    int leases = 1_030;
    var tape = new Tape(0);
    var memory = new MapMemory(200_000);
    // As many event loops, say of doors that share a log: each has a lease of its own.
    List<RecordSealer> sealers = Stream.generate(house::sealer).limit(leases).toList();
    try (RecordOpener opener = opener(memory)) {
      sealers.forEach(sealer -> seal(tape, sealer, 0, 1));
      assertThat(tape.openAll(opener)).hasSize(leases);
      memory.store(opener);
      assertThat(((LeasedOpener) opener).inMemory()).as("the rest is stored").isLessThan(100);
      tape.entries.clear();
      sealers.forEach(sealer -> seal(tape, sealer, 0, 2));
      assertThat(tape.entries).as("no lease is new").hasSize(leases);
      assertThat(tape.openAll(opener)).hasSize(leases);
      memory.store(opener);
    } finally {
      sealers.forEach(RecordSealer::close);
    }
    assertThat(memory.rows).hasSize(leases);
  }

  // Row 12: after the lease was forgotten, it was believed from counter 0.
  @Test
  void an_announcement_that_comes_again_is_refused_however_late() {
    var tape = new Tape(0);
    var memory = new MapMemory();
    try (RecordSealer sealer = house.sealer()) {
      seal(tape, sealer, 0, 1);
      house.clock.move(Duration.ofHours(2));
      seal(tape, sealer, 0, 2);
      house.clock.move(Duration.ofDays(9));
      seal(tape, sealer, 0, 3);
      try (RecordOpener opener = opener(memory)) {
        assertThat(tape.openAll(opener)).hasSize(3);
        memory.store(opener);
      }
    }
    List<Bytes> again = List.copyOf(tape.entries);
    try (RecordOpener opener = opener(memory)) {
      assertThat(again.stream().map(entry -> Tape.why(opener.open(entry))))
          .containsExactly(
              "announcement-out-of-order",
              "record-lease-unknown",
              "announcement-out-of-order",
              "record-lease-unknown",
              "announcement-repeated",
              "record-repeated");
    }
  }

  @Test
  void nothing_of_an_instance_counts_after_its_end() {
    var tape = new Tape(0);
    var memory = new MapMemory();
    try (RecordSealer sealer = house.sealer();
        RecordOpener opener = opener(memory)) {
      seal(tape, sealer, 0, 1);
      seal(tape, sealer, 0, 2);
      assertThat(Tape.why(opener.open(tape.entries.get(0)))).isEqualTo("announced");
      assertThat(Tape.why(opener.open(tape.entries.get(1)))).isEqualTo("authentic");
      memory.store(opener);
      opener.keepOnly(Set.of());
      memory.unexpected.add(OpeningLease.instanceOf(memory.rows.keySet().iterator().next()));
      assertThat(Tape.why(opener.open(tape.entries.get(2)))).isEqualTo("record-lease-unknown");
      assertThat(Tape.why(opener.open(tape.entries.get(0)))).isEqualTo("announcement-not-stated");
      memory.store(opener);
      assertThat(memory.rows).isEmpty();
    }
  }

  @Test
  void records_are_counted_once_by_instance_and_over_restarts() {
    var tape = new Tape(0);
    var memory = new MapMemory();
    Bytes instance;
    try (RecordSealer sealer = house.sealer()) {
      seal(tape, sealer, 0, 1);
      seal(tape, sealer, 1, 1);
      seal(tape, sealer, 0, 2);
      try (RecordOpener opener = opener(memory)) {
        tape.openAll(opener);
        opener.open(tape.entries.getLast());
        memory.store(opener);
      }
      instance = OpeningLease.instanceOf(memory.rows.keySet().iterator().next());
      tape.entries.clear();
      seal(tape, sealer, 1, 2);
    }
    try (RecordOpener opener = opener(memory)) {
      assertThat(opener.records(instance)).isEqualTo(3);
      tape.openAll(opener);
      assertThat(opener.records(instance)).isEqualTo(4);
    }
  }

  @Test
  void a_sealer_begins_a_new_instance_after_a_failure_and_when_its_clock_goes_back() {
    var stated = new ArrayDeque<SealerRun>();
    var begun = new HashSet<SealerRun>();
    SealerRuns runs =
        () -> {
          Optional<SealerRun> next = Optional.ofNullable(stated.poll());
          next.ifPresent(begun::add);
          return next;
        };
    IntStream.range(0, 3).forEach(i -> stated.add(new SealerRun(Bytes.utf8("instanc" + i), 16)));
    var tape = new Tape(0);
    try (RecordSealer sealer =
        Sealers.create(
            () -> house.door, runs, house.authority.pinned(), Entropy.system(), house.clock)) {
      RecordSealer.Sealed.Ready first = ready(sealer, 1);
      house.clock.move(Duration.ofMinutes(-5));
      RecordSealer.Sealed.Ready second = ready(sealer, 2);
      assertThat(second.run()).isNotEqualTo(first.run());
      assertThat(first.run().isOver()).as("one is under way").isFalse();
      first.run().durable(3, 70);
      assertThat(first.run().isOver()).isTrue();
      assertThat(first.run().records(3)).isEqualTo(1);
      assertThat(first.run().offset(3)).isEqualTo(70);
      sealer.retire();
      assertThat(second.run().isOver()).as("nothing of it is acknowledged").isTrue();
      ready(sealer, 3);
      sealer.retire();
      assertThat(sealer.seal(0, House.origin(4), House.payload(4)))
          .isEqualTo(new RecordSealer.Sealed.Unavailable("sealer-run-not-stated"));
    }
    assertThat(begun).hasSize(3);
    assertThat(tape.entries).isEmpty();
  }

  private static RecordSealer.Sealed.Ready ready(RecordSealer sealer, long sequence) {
    return (RecordSealer.Sealed.Ready)
        sealer.seal(0, House.origin(sequence), House.payload(sequence));
  }
}
