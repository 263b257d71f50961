package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.lake.Analyst;
import io.telltale.lake.Lake;
import io.telltale.lake.OffsetRange;
import io.telltale.lake.ProvenRecord;
import io.telltale.leases.RecordSealer;
import io.telltale.log.RecordLog;
import io.telltale.proof.MerkleTree;
import io.telltale.record.Leaf;
import io.telltale.roster.Identity;
import io.telltale.testkit.JavaProgram;
import io.telltale.testkit.Waiting;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 of pipeline and lake in the middle of their work: each record once, all of it proven. */
class KillTest {
  private static final int ROUNDS = Integer.getInteger("kill.rounds", 3);
  private static final Duration ALL_ROUNDS_MAX = Duration.ofSeconds(120 + 30L * ROUNDS);
  private static final long SEED = Long.getLong("kill.seed", 4711);
  private static final int RECORDS = Math.max(4_000, 400 * ROUNDS);
  private static final int PARTITIONS = 5;
  private static final int AGAIN_EVERY = 40;
  private static final int COMMIT_RECORDS = 60;

  @TempDir Path folder;

  // PL-1
  @Test
  void after_any_number_of_kills_every_record_is_stored_once_and_provable() {
    assertTimeoutPreemptively(ALL_ROUNDS_MAX, this::killAndLook);
  }

  private void killAndLook() throws Exception {
    try (var plant = new Plant(folder)) {
      fill(plant);
    }
    var random = new SplittableRandom(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      // The first commit of a process is slow: some are to die within it, most beyond.
      String reached = round % 3 == 0 ? "started" : "committed";
      runAndKill(reached, random.nextInt(10, 900));
    }
    try (var plant = new Plant(folder);
        Lake lake = RealLakeTest.open(plant, new ArrayList<>())) {
      long before = stored(lake);
      plant.pump(plant.shared(lake.writer(), step -> {}));
      plant.turn(Duration.ofMinutes(5));
      plant.pump(plant.shared(lake.writer(), step -> {}));
      System.out.printf(
          "%d kills: %d of %d records were stored by then, in %d batches at the end%n",
          ROUNDS, before, RECORDS, plant.events("batch.stored").size());
      assertThat(before).isBetween(1L, RECORDS - 1L);
      assertThat(plant.deadLetters()).isEmpty();
      eachOnce(lake);
      eachProven(plant, lake);
    }
  }

  /** Records over some partitions, some of them twice. */
  private static void fill(Plant plant) {
    var devices = new ArrayList<Identity>();
    for (int i = 0; i < 20; i++) {
      devices.add(plant.device("press-" + i, "prod"));
    }
    var entries = new ArrayList<RecordLog.Entry>();
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 1; i <= RECORDS; i++) {
        Identity device = devices.get(i % devices.size());
        int partition = device.number() % PARTITIONS;
        for (int copy = 0; copy <= (i % AGAIN_EVERY == 0 ? 1 : 0); copy++) {
          entries.addAll(
              Plant.sealed(sealer, partition, plant.origin(device, i), plant.payload(i, i % 90)));
        }
      }
    }
    plant.append(entries);
  }

  private void runAndKill(String reached, int millis) throws Exception {
    Path output = folder.resolve("output.txt");
    var options =
        new ArrayList<>(
            List.of(
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
    options.addAll(TestStores.options());
    Process child =
        new ProcessBuilder(JavaProgram.command(options, Child.class, folder.toString()))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    Waiting.until(
        "it says " + reached,
        60,
        () -> !child.isAlive() || Files.readString(output).contains(reached));
    assertThat(child.isAlive()).as(Files.readString(output)).isTrue();
    assertThat(child.waitFor(millis, TimeUnit.MILLISECONDS)).as(Files.readString(output)).isFalse();
    child.destroyForcibly();
    assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  private static long stored(Lake lake) {
    return (Long) RealLakeTest.answer(lake, "SELECT count(*) FROM readings").getFirst();
  }

  private static void eachOnce(Lake lake) {
    long sum = 0;
    for (int i = 1; i <= RECORDS; i++) {
      sum += i % 90;
    }
    String rows =
        "SELECT count(*), count(DISTINCT sequence), count(DISTINCT \"partition\" || ':' ||"
            + " record_offset), sum(value) FROM readings";
    assertThat(RealLakeTest.answer(lake, rows))
        .containsExactly((long) RECORDS, (long) RECORDS, (long) RECORDS, (double) sum);
    assertThat(
            RealLakeTest.answer(
                lake, "SELECT sum(count)::BIGINT, sum(sum), bool_and(\"final\") FROM minutes"))
        .containsExactly((long) RECORDS, (double) sum, true);
  }

  /** Every batch's root is that of its leaves, and every stored record is one of them. */
  private static void eachProven(Plant plant, Lake lake) {
    Map<Integer, Long> next = new TreeMap<>();
    Map<String, Hash> leaves = new TreeMap<>();
    long counted = 0;
    for (Event batch : plant.events("batch.stored")) {
      Map<String, String> told = batch.details();
      List<Hash> array = array(plant, told.getOrDefault("leaves", ""));
      assertThat(MerkleTree.rootOf(array).hex()).isEqualTo(told.get("root"));
      counted += Long.parseLong(told.getOrDefault("count", ""));
      Iterator<Hash> each = array.iterator();
      for (String span : told.getOrDefault("offsets", "").split(";", -1)) {
        String[] numbers = span.split("[:-]", -1);
        int partition = Integer.parseInt(numbers[0]);
        long first = Long.parseLong(numbers[1]);
        long last = Long.parseLong(numbers[2]);
        assertThat(first).as(span).isGreaterThanOrEqualTo(next.getOrDefault(partition, 0L));
        next.put(partition, last + 1);
        for (long offset = first; offset <= last; offset++) {
          leaves.put(partition + ":" + offset, each.next());
        }
      }
      assertThat(each.hasNext()).isFalse();
    }
    assertThat(counted).isEqualTo(RECORDS);
    var leaf = new Leaf();
    long proven = 0;
    for (Map.Entry<Integer, Long> partition : next.entrySet()) {
      var all = new OffsetRange(partition.getKey(), 0, partition.getValue() - 1);
      for (ProvenRecord one :
          lake.trace().records(new Analyst(RealLakeTest.ANALYST), List.of(all), 100_000)) {
        assertThat(leaves.get(one.partition() + ":" + one.offset()))
            .isEqualTo(
                leaf.of(one.originSalt(), one.originBytes(), one.payloadSalt(), one.payload()));
        proven++;
      }
    }
    assertThat(proven).isEqualTo(RECORDS);
  }

  private static List<Hash> array(Plant plant, String object) {
    Bytes bytes = new LeafArrays(plant.database, plant.objects).get(object).orElseThrow();
    var leaves = new ArrayList<Hash>();
    for (int at = 0; at < bytes.size(); at += Hash.SIZE) {
      leaves.add(new Hash(bytes.slice(at, at + Hash.SIZE)));
    }
    return leaves;
  }

  /** The process that is killed: a pipeline at work, in small commits. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) throws InterruptedException {
      var plant = new Plant(Path.of(args[0]));
      Lake lake = RealLakeTest.open(plant, new ArrayList<>());
      PipelineSettings settings = Plant.settings().but().recordsMax(COMMIT_RECORDS).build();
      Pipeline pipeline = Pipeline.open(plant.parts(lake.writer(), settings));
      pipeline.start();
      System.out.println("started");
      Waiting.until("it commits", 60, () -> pipeline.status().commits() > 0);
      System.out.println("committed");
      Waiting.pass(Duration.ofMinutes(5));
    }
  }
}
