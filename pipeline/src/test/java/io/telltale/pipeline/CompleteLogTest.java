package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.UnavailableException;
import io.telltale.leases.RecordSealer;
import io.telltale.leases.SealerRun;
import io.telltale.log.RecordLog;
import io.telltale.record.DoorStatement;
import io.telltale.roster.Identity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a door acknowledged and the log does not have is told, once, and everybody goes on. */
class CompleteLogTest {
  private static final int PARTITION = 3;

  @TempDir Path folder;

  /** The statements of one door, as its ledger has them. */
  private static final class Stated implements DoorStatements {
    private final List<HashedStatement> all = new ArrayList<>();
    private final Plant plant;
    boolean cut;

    Stated(Plant plant) {
      this.plant = plant;
      plant.doors = this;
    }

    private Bytes run(int number) {
      return Bytes.utf8("run-%4d".formatted(number));
    }

    /** A run of the door begins. */
    SealerRun open(int run, String instance) {
      var ends = new ArrayList<Long>();
      for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
        ends.add(plant.log.end(partition));
      }
      say(run, 1, ends, List.of(Bytes.utf8(instance)), List.of(), List.of());
      return new SealerRun(Bytes.utf8(instance), RecordLog.PARTITIONS);
    }

    void mark(int run, long number, long offset, long records) {
      var mark = new DoorStatement.Mark(PARTITION, offset, records);
      say(run, number, List.of(), List.of(), List.of(mark), List.of());
    }

    void end(int run, long number, SealerRun over, long records) {
      var counts = new ArrayList<>(Collections.nCopies(RecordLog.PARTITIONS, 0L));
      counts.set(PARTITION, records);
      var ends = new ArrayList<Long>();
      for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
        ends.add(plant.log.end(partition));
      }
      var ended = new DoorStatement.Ended(over.instance(), counts, ends);
      say(run, number, List.of(), List.of(), List.of(), List.of(ended));
    }

    private void say(
        int run,
        long number,
        List<Long> ends,
        List<Bytes> begun,
        List<DoorStatement.Mark> marks,
        List<DoorStatement.Ended> ended) {
      Hash previous = number == 1 ? DoorStatement.NONE : all.getLast().hash();
      var statement =
          new DoorStatement(
              run(run),
              number,
              previous,
              Plant.DOOR,
              Fingerprint.ofDer(new byte[0]),
              Plant.NOON,
              ends,
              begun,
              marks,
              ended);
      all.add(new HashedStatement(statement, Hash.sha256(Bytes.utf8(run + " " + number))));
    }

    @Override
    public List<HashedStatement> openings(int max) {
      if (cut) {
        throw new UnavailableException("reading the ledger");
      }
      return all.reversed().stream().filter(told -> told.statement().opens()).limit(max).toList();
    }

    @Override
    public Optional<HashedStatement> statement(Bytes run, long number) {
      return all.stream()
          .filter(told -> told.statement().run().equals(run))
          .filter(told -> told.statement().number() == number)
          .findFirst();
    }
  }

  private static RecordSealer sealer(Plant plant, SealerRun run) {
    return plant.sealer(() -> Optional.of(run));
  }

  private static List<RecordLog.Entry> sealed(
      Plant plant, RecordSealer sealer, Identity device, long sequence) {
    return Plant.sealed(
        sealer,
        PARTITION,
        plant.origin(device, sequence),
        plant.payload(sequence, (double) sequence));
  }

  private static List<Map<String, String>> incidents(Plant plant) {
    return plant.events("incident.missing").stream().map(Event::details).map(Map::copyOf).toList();
  }

  @Test
  void what_is_there_up_to_the_mark_is_no_incident() {
    try (var plant = new Plant(folder)) {
      Identity press = plant.device("press-1", "prod");
      var stated = new Stated(plant);
      SealerRun run = stated.open(1, "loop-001");
      try (RecordSealer sealer = sealer(plant, run)) {
        for (int i = 1; i <= 5; i++) {
          plant.publish(sealer, PARTITION, press, i, i);
          stated.mark(1, 1 + i, i, i);
          plant.pump();
        }
      }
      assertThat(plant.pump().missing()).isZero();
      assertThat(plant.deadLetters()).isEmpty();
      assertThat(incidents(plant)).isEmpty();
    }
  }

  // Row 12: nothing outside the partition knew the lease.
  @Test
  void a_removed_lease_is_told_and_others_go_on() {
    try (var plant = new Plant(folder)) {
      Identity press = plant.device("press-1", "prod");
      Identity mill = plant.device("mill-1", "mills");
      var stated = new Stated(plant);
      SealerRun run = stated.open(1, "loop-001");
      try (RecordSealer sealer = sealer(plant, run)) {
        plant.append(sealed(plant, sealer, press, 1));
        // A whole lease, announcement and all, that is never in the log; then two more records.
        sealed(plant, sealer, mill, 1);
        sealed(plant, sealer, mill, 2);
        plant.append(sealed(plant, sealer, press, 2));
        plant.append(sealed(plant, sealer, press, 3));
        stated.mark(1, 2, 3, 5);
        PipelineStatus status = plant.pump();
        assertThat(status.records()).isEqualTo(3);
        assertThat(status.missing()).isEqualTo(2);
        plant.append(sealed(plant, sealer, press, 4));
        stated.mark(1, 3, 4, 6);
        assertThat(plant.pump().missing()).as("told once").isEqualTo(2);
      }
      assertThat(incidents(plant))
          .containsExactly(
              Map.of(
                  "door", Plant.DOOR.uri(),
                  "run", stated.run(1).hex(),
                  "records", "2",
                  "from", "0",
                  "to", "3",
                  "cut", "false"));
    }
  }

  // Row 12: a tail that was cut left no gap.
  @Test
  void a_cut_tail_is_told_when_the_door_begins_again() {
    try (var plant = new Plant(folder)) {
      Identity press = plant.device("press-1", "prod");
      var stated = new Stated(plant);
      SealerRun run = stated.open(1, "loop-001");
      try (RecordSealer sealer = sealer(plant, run)) {
        plant.append(sealed(plant, sealer, press, 1));
        sealed(plant, sealer, press, 2);
        sealed(plant, sealer, press, 3);
        stated.mark(1, 2, 3, 3);
      }
      assertThat(plant.pump().missing()).as("it may still come").isZero();
      SealerRun next = stated.open(2, "loop-002");
      assertThat(plant.pump().missing()).isEqualTo(2);
      assertThat(incidents(plant).getFirst()).containsEntry("cut", "true");
      // Others go on, at the offsets that were cut.
      try (RecordSealer sealer = sealer(plant, next)) {
        plant.append(sealed(plant, sealer, press, 4));
        plant.append(sealed(plant, sealer, press, 5));
        stated.mark(2, 2, 4, 2);
      }
      PipelineStatus status = plant.pump();
      assertThat(status.records()).isEqualTo(2);
      assertThat(status.missing()).isEqualTo(2);
      assertThat(incidents(plant)).hasSize(1);
    }
  }

  @Test
  void the_leases_of_a_door_that_died_are_left_without_an_incident_and_closed() {
    try (var plant = new Plant(folder)) {
      Identity press = plant.device("press-1", "prod");
      var stated = new Stated(plant);
      SealerRun run = stated.open(1, "loop-001");
      List<RecordLog.Entry> late;
      List<RecordLog.Entry> all = new ArrayList<>();
      try (RecordSealer sealer = sealer(plant, run)) {
        for (int i = 1; i <= 3; i++) {
          List<RecordLog.Entry> entries = sealed(plant, sealer, press, i);
          all.addAll(entries);
          plant.append(entries);
        }
        // It died before it could state the last one; with its key somebody makes another.
        stated.mark(1, 2, 2, 2);
        late = sealed(plant, sealer, press, 4);
      }
      stated.open(2, "loop-002");
      plant.append(late);
      plant.append(all);
      PipelineStatus status = plant.pump();
      assertThat(status.records()).isEqualTo(3);
      assertThat(status.missing()).isZero();
      assertThat(plant.deadLetters())
          .as("nothing of it after the end")
          .containsExactly(
              "record-lease-unknown",
              "announcement-not-stated",
              "record-lease-unknown",
              "record-lease-unknown",
              "record-lease-unknown");
      assertThat(incidents(plant)).isEmpty();
    }
  }

  @Test
  void records_that_were_never_acknowledged_do_not_stand_in_for_others() {
    try (var plant = new Plant(folder)) {
      Identity press = plant.device("press-1", "prod");
      var stated = new Stated(plant);
      SealerRun run = stated.open(1, "loop-001");
      try (RecordSealer sealer = sealer(plant, run)) {
        // Two of the failed append are in the log; the acknowledged one is gone.
        plant.append(sealed(plant, sealer, press, 1));
        plant.append(sealed(plant, sealer, press, 2));
        stated.end(1, 2, run, 1);
        stated.mark(1, 3, 2, 2);
        assertThat(plant.pump().missing()).isEqualTo(1);
      }
    }
  }

  // Rows 3 and 12: what waits for its key is there.
  @Test
  void what_is_set_aside_is_not_missing_and_is_opened_after_its_door_has_died() {
    try (var plant = new Plant(folder)) {
      Identity press = plant.device("press-1", "prod");
      var stated = new Stated(plant);
      SealerRun run = stated.open(1, "loop-001");
      try (RecordSealer sealer = sealer(plant, run)) {
        for (int i = 1; i <= 3; i++) {
          plant.publish(sealer, PARTITION, press, i, i);
        }
        stated.mark(1, 2, 3, 3);
      }
      var scope = plant.origin(press, 1).scope();
      plant.keys.disable(scope, Plant.KEY_ACT);
      assertThat(plant.pump().setAside().total()).isEqualTo(3);
      stated.open(2, "loop-002");
      assertThat(plant.pump().missing()).isZero();
      plant.keys.enable(scope, Plant.KEY_ACT);
      PipelineStatus status = plant.pump();
      assertThat(status.records()).isEqualTo(3);
      assertThat(status.missing()).isZero();
      assertThat(plant.deadLetters()).isEmpty();
    }
  }

  @Test
  void an_instance_that_was_not_stated_is_refused_and_waits_while_nobody_can_say() {
    try (var plant = new Plant(folder)) {
      Identity press = plant.device("press-1", "prod");
      var stated = new Stated(plant);
      stated.open(1, "loop-001");
      plant.pump();
      try (RecordSealer sealer = sealer(plant, new SealerRun(Bytes.utf8("stranger"), 16))) {
        plant.append(sealed(plant, sealer, press, 1));
      }
      stated.cut = true;
      assertThat(plant.pump().totalLag()).isEqualTo(2);
      stated.cut = false;
      assertThat(plant.pump().totalLag()).isZero();
      assertThat(plant.deadLetters())
          .containsExactly("announcement-not-stated", "record-lease-unknown");
    }
  }

  // Folders and logs from before doors stated anything.
  @Test
  void what_was_appended_before_the_first_statement_is_read_as_it_always_was() {
    try (var plant = new Plant(folder)) {
      Identity press = plant.device("press-1", "prod");
      try (RecordSealer sealer = plant.sealer()) {
        plant.publish(sealer, PARTITION, press, 1, 1);
        plant.pump();
        plant.publish(sealer, PARTITION, press, 2, 2);
      }
      var stated = new Stated(plant);
      SealerRun run = stated.open(1, "loop-001");
      try (RecordSealer sealer = sealer(plant, run)) {
        plant.publish(sealer, PARTITION, press, 3, 3);
        stated.mark(1, 2, 4, 1);
      }
      PipelineStatus status = plant.pump();
      assertThat(status.records()).isEqualTo(2);
      assertThat(status.missing()).isZero();
      assertThat(plant.deadLetters()).isEmpty();
    }
  }

  // Row 12, through the real tables: memory for a few leases, and many of them over restarts.
  @Test
  void more_leases_than_memory_are_read_over_restarts() {
    int leases = 40;
    try (var plant = new Plant(folder)) {
      Identity press = plant.device("press-1", "prod");
      List<RecordSealer> sealers = new ArrayList<>();
      for (int i = 0; i < leases; i++) {
        sealers.add(plant.sealer());
      }
      PipelineSettings small = Plant.settings().but().leaseBytesMax(16 * 20_000).build();
      long records = 0;
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < leases; i++) {
          plant.publish(sealers.get(i), PARTITION, press, round * leases + i + 1, 1);
        }
        records += plant.pump(plant.shared(plant.parts(plant.lake, small), step -> {})).records();
      }
      sealers.forEach(RecordSealer::close);
      assertThat(records).isEqualTo(3L * leases);
      assertThat(plant.deadLetters()).isEmpty();
    }
  }
}
