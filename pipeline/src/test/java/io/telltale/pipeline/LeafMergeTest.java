package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Halts;
import io.telltale.keys.RecordSealer;
import io.telltale.registry.Identity;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

// Firm ground 16
final class LeafMergeTest {
  @TempDir Path folder;

  @Test
  void an_array_that_is_gone_is_told_and_those_on_both_sides_of_it_are_merged() {
    try (var plant = new Plant(folder);
        RecordSealer sealer = plant.sealer()) {
      Identity press = plant.device("press-1", "prod");
      for (int i = 1; i <= 20; i++) {
        plant.publish(sealer, 0, press, i, i);
        plant.pump();
      }
      var arrays = new LeafArrays(plant.database, plant.objects);
      assertThat(arrays.newest(LeafTiers.LOOKED_AT)).hasSize(20);
      plant.objects.delete(LeafArrays.object(10, 10));
      try (var worker = new Worker(plant.shared(plant.lake, step -> {}))) {
        for (int round = 0; round < 4; round++) {
          worker.mergeLeaves();
        }
      }
      assertThat(plant.standing).containsEntry(Halts.Kind.LEAVES_GONE, LeafArrays.object(10, 10));
      // 12 to 19 and 2 to 9 are one each; 0, 1, 10 and 11 wait for more.
      assertThat(arrays.newest(LeafTiers.LOOKED_AT)).hasSize(2 + 4);
    }
  }
}
