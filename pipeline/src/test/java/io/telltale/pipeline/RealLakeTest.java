package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Entropy;
import io.telltale.kernel.Event;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.keys.Grant;
import io.telltale.keys.Operation;
import io.telltale.keys.RecordSealer;
import io.telltale.lake.Analyst;
import io.telltale.lake.Lake;
import io.telltale.lake.LakeParts;
import io.telltale.lake.QueryLimits;
import io.telltale.lake.QueryOutcome;
import io.telltale.log.RecordLog;
import io.telltale.registry.Identity;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The pipeline into the real lake, and how fast it is. */
@Timeout(180)
class RealLakeTest {
  private static final SpiffeId ANALYST =
      new SpiffeId(Plant.DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.PERSON, "analyst");

  @TempDir Path folder;

  private static Lake open(Plant plant, List<Event> questions) {
    plant.keys.grant(Grant.all(ANALYST, Operation.OPEN), Plant.KEY_ACT);
    return Lake.open(
        new LakeParts(
            plant.database,
            plant.objects,
            plant.keys::fileKeys,
            event -> {
              questions.add(event);
              return questions.size();
            },
            table ->
                plant.events("table.moved").stream()
                    .filter(event -> event.subject().equals("table/" + table))
                    .reduce((first, second) -> second),
            Plant.PIPELINE,
            plant.clock,
            Entropy.system()));
  }

  private static List<Object> answer(Lake lake, String sql) {
    QueryOutcome outcome = lake.query().run(new Analyst(ANALYST), sql, "test", QueryLimits.DEFAULT);
    assertThat(outcome).isInstanceOf(QueryOutcome.Answered.class);
    return new ArrayList<>(((QueryOutcome.Answered) outcome).result().rows().getFirst());
  }

  // PL-1
  @Test
  void crashes_leave_each_record_in_the_lake_once_and_queryable() {
    try (var plant = new Plant(folder);
        Lake lake = open(plant, new ArrayList<>());
        RecordSealer sealer = plant.sealer()) {
      Identity press = plant.device("press-1", "prod");
      var steps = List.of("before-leaves", "none", "before-transaction", "after-transaction");
      for (int i = 1; i <= 8; i++) {
        plant.publish(sealer, i % 3, press, i, i);
        String crashAt = steps.get(i % steps.size());
        try {
          plant.pump(
              plant.shared(
                  lake.writer(),
                  step -> {
                    if (step.equals(crashAt)) {
                      throw new UnavailableException("crash");
                    }
                  }));
        } catch (UnavailableException e) {
          assertThat(e).hasMessage("crash");
        }
      }
      plant.turn(Duration.ofMinutes(5));
      plant.pump(plant.shared(lake.writer(), step -> {}));
      assertThat(answer(lake, "SELECT count(*), sum(value), count(DISTINCT value) FROM readings"))
          .containsExactly(8L, 36.0, 8L);
      assertThat(answer(lake, "SELECT count, sum, \"final\" FROM minutes"))
          .containsExactly(8L, 36.0, true);
      assertThat(plant.events("table.moved")).isNotEmpty();
    }
  }

  // CPU time of this thread: the machine that tests run on is rarely idle.
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  @Test
  void prints_how_fast_it_is() {
    int records = 20_000;
    try (var plant = new Plant(folder);
        Lake lake = open(plant, new ArrayList<>());
        RecordSealer sealer = plant.sealer()) {
      var devices = new ArrayList<Identity>();
      for (int i = 0; i < 100; i++) {
        devices.add(plant.device("press-" + i, "prod"));
      }
      for (int round = 1; round <= 3; round++) {
        var batch = new ArrayList<RecordLog.Entry>();
        for (int i = 0; i < records; i++) {
          Identity device = devices.get(i % devices.size());
          long sequence = (long) round * records + i;
          batch.addAll(
              Plant.sealed(
                  sealer,
                  i % 100 % 16,
                  plant.origin(device, sequence),
                  plant.payload(sequence, i % 90)));
        }
        plant.append(batch);
        Worker.Shared shared = plant.shared(lake.writer(), step -> {});
        long steps = cpuNanos();
        plant.take(shared, records);
        long whole = cpuNanos();
        plant.pump(shared);
        long end = cpuNanos();
        System.out.printf(
            "round %d, per CPU second of the worker: %,.0f records in steps, %,.0f with commit%n",
            round, records * 1e9 / (whole - steps), records * 1e9 / (end - whole));
      }
      assertThat(answer(lake, "SELECT count(*) FROM readings")).containsExactly(3L * records);
    }
  }
}
