package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.lake.LakeWriter;
import io.telltale.leases.RecordSealer;
import io.telltale.log.RecordLog;
import io.telltale.roster.Identity;
import io.telltale.testkit.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** OP-4: no partition waits for another's backlog, and the loop rests only where all is taken. */
class TurnsTest {
  private static final int BACKLOG = 40;
  private static final int ROOM = 10;
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir Path folder;
  @AutoClose private Plant plant;
  private Identity press;

  @BeforeEach
  void build() {
    plant = new Plant(folder);
    press = plant.device("press-1", "prod");
  }

  private Worker worker(PipelineSettings settings) {
    return new Worker(plant.shared(plant.parts(plant.lake, settings), step -> {}));
  }

  private void publish(RecordSealer sealer, int partition, int first, int count) {
    for (int i = first; i < first + count; i++) {
      plant.publish(sealer, partition, press, i, i);
    }
  }

  @Test
  void each_partition_has_its_turn_when_any_of_them_fills_a_commit() {
    try (RecordSealer sealer = plant.sealer();
        Worker worker = worker(Plant.settings().but().recordsMax(ROOM).build())) {
      for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
        publish(sealer, partition, 1 + partition * BACKLOG, BACKLOG);
      }
      for (int round = 0; round < RecordLog.PARTITIONS; round++) {
        assertThat(worker.round()).isTrue();
      }
      assertThat(Arrays.stream(worker.committed()).filter(end -> end == 0)).isEmpty();
    }
  }

  @Test
  void what_comes_beside_a_backlog_is_stored_in_the_same_round() {
    try (RecordSealer sealer = plant.sealer();
        Worker worker = worker(Plant.settings().but().readBytesMax(40_000).build())) {
      publish(sealer, 0, 1, 400);
      publish(sealer, 1, 401, 2);
      worker.round();
      assertThat(worker.committed()[0]).isBetween(1L, 399L);
      assertThat(worker.committed()[1]).isEqualTo(plant.log.end(1));
    }
  }

  /** So little is read that partitions keep one another back, and none is set aside. */
  private static PipelineSettings narrow() {
    return Plant.settings().but().readBytesMax(1_000).setAsideBytesMax(0).build();
  }

  private void disable() {
    plant.keys.disable(plant.origin(press, 1).scope(), Plant.KEY_ACT);
  }

  private void enable() {
    plant.keys.enable(plant.origin(press, 1).scope(), Plant.KEY_ACT);
  }

  @Test
  void what_was_kept_back_for_one_that_waits_is_taken_in_the_same_round() {
    Identity other = plant.device("press-2", "test");
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 1, 1);
      plant.pump();
      publish(sealer, 0, 2, 20);
      plant.publish(sealer, 1, other, 1, 1);
    }
    assertThat(plant.log.position(1, 0) - plant.log.position(0, 2)).isBetween(8_000L, 32_000L);
    disable();
    try (Worker worker = worker(narrow())) {
      assertThat(worker.round()).isTrue();
      assertThat(worker.committed()[0]).as("its announcement and the first").isEqualTo(2);
      assertThat(worker.committed()[1]).isPositive();
    }
  }

  @Test
  void who_is_far_ahead_takes_its_share_of_a_round_until_the_last_has_come_near() {
    try (RecordSealer sealer = plant.sealer();
        Worker worker = worker(Plant.settings().but().readBytesMax(8_000).build())) {
      publish(sealer, 0, 1, 200);
      publish(sealer, 1, 201, BACKLOG);
      assertThat(plant.log.position(1, 0) - plant.log.position(0, 0)).isBetween(64_000L, 256_000L);
      worker.round();
      assertThat(worker.committed()[0]).isBetween(8L, 40L);
      assertThat(worker.committed()[1]).as("an eighth of a read").isBetween(1L, 3L);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1_000, ROOM})
  void a_partition_that_gets_more_than_is_taken_keeps_no_other_from_the_end_of_the_log(int room) {
    PipelineSettings settings = Plant.settings().but().readBytesMax(8_000).recordsMax(room).build();
    try (RecordSealer sealer = plant.sealer();
        Worker worker = worker(settings)) {
      for (int round = 0; round < 40; round++) {
        publish(sealer, 0, 1 + round * 31, 30);
        publish(sealer, 1, 31 + round * 31, 1);
        worker.round();
      }
      assertThat(plant.log.end(0) - worker.committed()[0]).isGreaterThan(400);
      assertThat(plant.log.end(1) - worker.committed()[1]).isLessThanOrEqualTo(1);
    }
  }

  // Each round looks at what waits, and that weighed each time until no commit had room.
  @Test
  void what_waits_takes_no_room_from_others_however_long_it_does() {
    Identity other = plant.device("press-2", "test");
    PipelineSettings settings =
        Plant.settings().but().bytesMax(8_000).setAsideBytesMax(0).commitEvery(HOUR).build();
    try (RecordSealer sealer = plant.sealer()) {
      publish(sealer, 0, 1, 2);
      disable();
      try (Worker worker = worker(settings)) {
        for (int round = 0; round < 50; round++) {
          worker.round();
        }
        for (int i = 1; i <= 20; i++) {
          plant.publish(sealer, 1, other, i, i);
        }
        worker.round();
        assertThat(worker.committed()[1]).isPositive();
      }
    }
  }

  @Test
  void every_round_takes_something_until_all_is_taken_whatever_the_mix_and_whoever_waits() {
    Identity other = plant.device("press-2", "test");
    int all = 0;
    for (int seed = 1; seed <= 8; seed++) {
      var random = new Random(seed);
      try (RecordSealer sealer = plant.sealer();
          Worker worker = worker(narrow())) {
        double skew = random.nextDouble() * 6;
        for (int i = 0; i < 150; i++) {
          int partition = (int) (RecordLog.PARTITIONS * Math.pow(random.nextDouble(), skew));
          plant.publish(sealer, partition, partition % 3 == 2 ? press : other, ++all, all % 100);
        }
        disable();
        while (worker.round()) {
          // Until nothing can be taken.
        }
        for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
          if (partition % 3 != 2) {
            assertThat(next(partition)).as("seed %d", seed).isEqualTo(plant.log.end(partition));
          }
        }
        enable();
        while (plant.lake.rows().size() < all) {
          assertThat(worker.round()).as("seed %d", seed).isTrue();
        }
      }
    }
    assertThat(plant.lake.rows()).hasSize(all);
    assertThat(plant.deadLetters()).isEmpty();
  }

  private long next(int partition) {
    return StateStore.positions(plant.database).get(partition).next();
  }

  /** By halves of commits, and by a commit of its own. */
  private static List<Runnable> faults() {
    return List.of(
        () -> {
          throw new ArithmeticException("long overflow");
        },
        () -> {
          throw new OutOfMemoryError("Java heap space");
        });
  }

  @ParameterizedTest
  @MethodSource("faults")
  void an_entry_that_is_looked_for_is_found_where_partitions_keep_one_another_back(Runnable fault)
      throws InterruptedException {
    LakeWriter brittle =
        (rows, minutes) -> {
          if (rows.stream().anyMatch(row -> row.value().orElse(0) == 77)) {
            fault.run();
          }
          return plant.lake.prepare(rows, minutes);
        };
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 1; i <= 150; i++) {
        plant.publish(sealer, i / 10, press, i, i);
      }
      try (Pipeline pipeline = Pipeline.open(plant.parts(brittle, narrow()))) {
        pipeline.start();
        Waiting.until(
            "the others are stored",
            60,
            () -> plant.lake.rows().size() == 149 && !plant.deadLetters().isEmpty());
      }
    }
    assertThat(plant.deadLetters()).containsExactly("not-processed");
    assertThat(plant.lake.rows()).extracting(TableLake.Row::value).doesNotHaveDuplicates();
  }

  @Test
  void it_is_hurried_as_long_as_a_read_left_something() {
    try (RecordSealer sealer = plant.sealer();
        Worker worker = worker(Plant.settings().but().readBytesMax(8_000).build())) {
      publish(sealer, 0, 1, BACKLOG);
      worker.round();
      assertThat(worker.restMillis()).isZero();
      while (worker.committed()[0] < plant.log.end(0)) {
        assertThat(worker.round()).isTrue();
      }
      worker.round();
      assertThat(worker.restMillis()).isPositive();
    }
  }
}
