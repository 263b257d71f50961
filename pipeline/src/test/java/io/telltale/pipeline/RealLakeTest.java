package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import io.telltale.crypto.Entropy;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.keys.Grant;
import io.telltale.lake.Analyst;
import io.telltale.lake.Lake;
import io.telltale.lake.LakeMemory;
import io.telltale.lake.LakeParts;
import io.telltale.lake.QueryLimits;
import io.telltale.lake.QueryOutcome;
import io.telltale.lake.TraceOutcome;
import io.telltale.leases.Operation;
import io.telltale.leases.RecordSealer;
import io.telltale.log.RecordLog;
import io.telltale.roster.Identity;
import io.telltale.testkit.Waiting;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The pipeline into the real lake, and how fast it is. */
@Timeout(180)
class RealLakeTest {
  static final SpiffeId ANALYST =
      new SpiffeId(Plant.DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.PERSON, "analyst");

  @TempDir Path folder;

  static Lake open(Plant plant, List<Event> questions) {
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
            new Moves(Pipeline.outboxOf(plant.database))::last,
            Plant.PIPELINE,
            plant.clock,
            Entropy.system(),
            plant.halts),
        LakeMemory.STANDARD);
  }

  /** The tables' moves in the outbox, each read once, as the ledger's index has them. */
  private static final class Moves {
    private final Outbox outbox;
    private final Map<String, Event> last = new HashMap<>();
    private long read;

    Moves(Outbox outbox) {
      this.outbox = outbox;
    }

    synchronized Optional<Event> last(String table) {
      List<Outbox.Numbered> page = outbox.after(read, 10_000);
      while (!page.isEmpty()) {
        page.stream()
            .map(Outbox.Numbered::event)
            .filter(event -> event.type().equals("table.moved"))
            .forEach(event -> last.put(event.subject(), event));
        read = page.getLast().number();
        page = outbox.after(read, 10_000);
      }
      return Optional.ofNullable(last.get("table/" + table));
    }
  }

  static List<Object> answer(Lake lake, String sql) {
    QueryOutcome outcome = lake.query().run(new Analyst(ANALYST), sql, "test", QueryLimits.DEFAULT);
    assertThat(outcome).isInstanceOf(QueryOutcome.Answered.class);
    return new ArrayList<>(((QueryOutcome.Answered) outcome).result().rows().getFirst());
  }

  private static Bytes withFirmware(Bytes payload) {
    String plain = payload.asUtf8();
    return Bytes.utf8(plain.substring(0, plain.length() - 1) + ",\"firmware\":\"1.2.3\"}");
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
        plant.append(
            Plant.sealed(sealer, i % 3, plant.origin(press, i), withFirmware(plant.payload(i, i))));
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
      // Firm ground 18, 19 and 28: what the registry knows, and what it learns from records.
      assertThat(answer(lake, "SELECT provisioning, firmware_claimed, device_type FROM readings"))
          .containsExactly("t", "1.2.3", "press");
      plant.registry.flushSightings();
      var known = plant.registry.find(press.id()).orElseThrow();
      assertThat(known.firmware()).isEqualTo("1.2.3");
      assertThat(known.lastSeen()).isPresent();
      assertThat(answer(lake, "SELECT count, sum, \"final\" FROM minutes"))
          .containsExactly(8L, 36.0, true);
      // Its revisions were written by pipelines that crashed between them.
      TraceOutcome traced =
          lake.trace().fromQuery(new Analyst(ANALYST), "SELECT sum(\"sum\") FROM minutes", "test");
      assertThat(traced)
          .isInstanceOfSatisfying(
              TraceOutcome.Traced.class,
              found -> {
                assertThat(found.report().agrees()).isTrue();
                assertThat(found.report().records()).isEqualTo(8);
              });
      assertThat(plant.events("table.moved")).isNotEmpty();
    }
  }

  // CPU time: the machine that tests run on is rarely idle.
  private static long workerNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /** With the compiler, the collector, and the database's thread that moves the tables. */
  private static long processNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static List<RecordLog.Entry> batch(
      Plant plant, RecordSealer sealer, List<Identity> devices, int first, int records) {
    var batch = new ArrayList<RecordLog.Entry>();
    for (int i = first; i < first + records; i++) {
      Identity device = devices.get(i % devices.size());
      int partition = i % devices.size() % RecordLog.PARTITIONS;
      batch.addAll(
          Plant.sealed(sealer, partition, plant.origin(device, i), plant.payload(i, i % 90)));
    }
    return batch;
  }

  private static List<Identity> devices(Plant plant) {
    var devices = new ArrayList<Identity>();
    for (int i = 0; i < 100; i++) {
      devices.add(plant.device("press-" + i, "prod"));
    }
    return devices;
  }

  @Test
  void prints_how_fast_it_is() {
    int records = 20_000;
    int rounds = Integer.getInteger("rate.rounds", 4);
    try (var plant = new Plant(folder);
        Lake lake = open(plant, new ArrayList<>());
        RecordSealer sealer = plant.sealer()) {
      List<Identity> devices = devices(plant);
      for (int round = 0; round < rounds; round++) {
        plant.append(batch(plant, sealer, devices, round * records, records));
        Worker.Shared shared = plant.shared(lake.writer(), step -> {});
        long steps = workerNanos();
        plant.take(shared, records);
        long whole = workerNanos();
        long process = processNanos();
        plant.pump(shared);
        System.out.printf(
            "round %d, records per CPU second: %,.0f in steps, %,.0f with commit (worker's thread),"
                + " %,.0f (whole process)%n",
            round,
            records * 1e9 / (whole - steps),
            records * 1e9 / (workerNanos() - whole),
            records * 1e9 / (processNanos() - process));
      }
      assertThat(answer(lake, "SELECT count(*) FROM readings"))
          .containsExactly((long) rounds * records);
    }
  }

  // From the log's acknowledgement until the tables that questions see have moved.
  @Test
  void prints_how_soon_a_record_is_queryable() throws InterruptedException {
    int ticks = 60;
    try (var plant = new Plant(folder);
        Lake lake = open(plant, new ArrayList<>());
        RecordSealer sealer = plant.sealer()) {
      List<Identity> devices = devices(plant);
      PipelineParts parts = plant.parts(lake.writer(), Plant.standard());
      try (Pipeline pipeline = Pipeline.open(parts)) {
        pipeline.start();
        for (int perTick : new int[] {1, 1_000}) {
          long before = pipeline.status().records();
          var appended = new ArrayDeque<Long>();
          var delays = new ArrayList<Long>();
          for (int tick = 0; tick < ticks || delays.size() < ticks; tick++) {
            if (tick < ticks) {
              int first = (int) before + tick * perTick;
              plant.append(batch(plant, sealer, devices, first, perTick));
              appended.add(System.nanoTime());
            }
            Waiting.pass(Duration.ofMillis(100));
            while (pipeline.status().records() - before >= (delays.size() + 1L) * perTick) {
              delays.add((System.nanoTime() - appended.remove()) / 1_000_000);
            }
          }
          Collections.sort(delays);
          System.out.printf(
              "%,d records a second: queryable after p50 %d ms, p99 %d ms, most %d ms%n",
              perTick * 10, delays.get(ticks / 2), delays.get(ticks * 99 / 100), delays.getLast());
        }
      }
      assertThat(answer(lake, "SELECT count(*) FROM readings"))
          .containsExactly((long) ticks + ticks * 1_000L);
      assertThat(answer(lake, "SELECT count(*) > 0 FROM minutes WHERE NOT \"final\""))
          .containsExactly(true);
    }
  }
}
