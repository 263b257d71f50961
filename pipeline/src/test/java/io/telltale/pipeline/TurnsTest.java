package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.leases.RecordSealer;
import io.telltale.log.RecordLog;
import io.telltale.roster.Identity;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OP-4: no partition waits for another's backlog, and the loop rests only where all is taken. */
@Tag("one-store")
class TurnsTest {
  private static final int BACKLOG = 40;
  private static final int ROOM = 10;

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

  @Test
  void it_is_hurried_as_long_as_a_read_left_something() {
    try (RecordSealer sealer = plant.sealer();
        Worker worker = worker(Plant.settings().but().readBytesMax(8_000).build())) {
      publish(sealer, 0, 1, BACKLOG);
      worker.round();
      assertThat(worker.isHurried()).isTrue();
      while (worker.committed()[0] < plant.log.end(0)) {
        assertThat(worker.round()).isTrue();
      }
      worker.round();
      assertThat(worker.isHurried()).isFalse();
    }
  }
}
