package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.dbtestkit.BreakingStore;
import io.telltale.leases.RecordSealer;
import io.telltale.roster.Identity;
import io.telltale.testkit.Waiting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * PL-1: a connection that ends at a commit is no reading's fault, and stores none of them twice.
 */
@Timeout(120)
class LostConnectionTest {
  private static final int READINGS = 12;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(
      value = BreakingStore.Break.class,
      names = {"WRITE", "REPLY"})
  void a_commit_whose_connection_ends_lands_once_and_whole(BreakingStore.Break lost)
      throws InterruptedException {
    var stores = new ArrayList<BreakingStore>();
    try (var plant =
            new Plant(
                folder,
                real -> {
                  stores.add(new BreakingStore(real));
                  return stores.getFirst();
                });
        RecordSealer sealer = plant.sealer()) {
      Identity press = plant.device("press-1", "prod");
      for (int i = 1; i <= READINGS; i++) {
        plant.publish(sealer, i % 3, press, i, i);
      }
      var first = new AtomicBoolean(true);
      try (Pipeline pipeline =
          Pipeline.open(
              plant.parts(),
              step -> {
                if (step.equals("before-transaction") && first.getAndSet(false)) {
                  stores.getFirst().breakNext(lost);
                }
              })) {
        pipeline.start();
        Waiting.until(
            "all are stored",
            60,
            () -> plant.lake.rows().size() >= READINGS && pipeline.status().totalLag() == 0);
        assertThat(pipeline.status().rejected()).isZero();
      }
      assertThat(stores.getFirst().broken()).isEqualTo(1);
      assertThat(plant.deadLetters()).isEmpty();
      assertThat(plant.lake.rows())
          .extracting(TableLake.Row::value)
          .hasSize(READINGS)
          .doesNotHaveDuplicates();
      // Not in halves, as when one of them is looked for.
      assertThat(plant.events("batch.stored"))
          .singleElement()
          .extracting(batch -> batch.details().get("count"))
          .isEqualTo(Integer.toString(READINGS));
    }
  }
}
