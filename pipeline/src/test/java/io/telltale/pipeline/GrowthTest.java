package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.lake.Analyst;
import io.telltale.lake.Lake;
import io.telltale.lake.QueryLimits;
import io.telltale.lake.QueryOutcome;
import io.telltale.lake.QueryResult;
import io.telltale.leases.RecordSealer;
import io.telltale.log.RecordLog;
import io.telltale.proof.MerkleTree;
import io.telltale.roster.Identity;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pipeline's own loop in fast time: a commit a second, three readings in each. */
class GrowthTest {
  private static final int COMMITS = Integer.getInteger("growth.commits", 150);
  private static final int READINGS = 3;
  private static final String ALL = "SELECT count(*), count(DISTINCT sequence) FROM readings";
  private static final Analyst ANALYST = new Analyst(RealLakeTest.ANALYST);

  @TempDir Path folder;

  private static int files(Path folder) {
    try (Stream<Path> found = Files.walk(folder)) {
      return (int) found.filter(Files::isRegularFile).count();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static long bytes(Path folder) {
    try (Stream<Path> found = Files.walk(folder)) {
      return found.map(Path::toFile).filter(File::isFile).mapToLong(File::length).sum();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static QueryResult ask(Lake lake, String sql) {
    QueryOutcome outcome = lake.query().run(ANALYST, sql, "growth", QueryLimits.DEFAULT);
    assertThat(outcome).isInstanceOf(QueryOutcome.Answered.class);
    return ((QueryOutcome.Answered) outcome).result();
  }

  /** The quickest of five: the machine does other things, too. */
  private static long millis(Lake lake, String sql) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      long asked = System.nanoTime();
      ask(lake, sql);
      least = Math.min(least, System.nanoTime() - asked);
    }
    return least / 1_000_000;
  }

  // Firm ground 2: 2,350 files after five minutes, and none ever removed.
  @Test
  void objects_alive_and_files_a_question_opens_stay_few_at_a_commit_a_second() throws IOException {
    try (var plant = new Plant(folder);
        Lake lake = RealLakeTest.open(plant, new ArrayList<>());
        RecordSealer sealer = plant.sealer();
        Pipeline pipeline = Pipeline.open(plant.parts(lake.writer(), Plant.settings()));
        Worker worker = pipeline.newWorker()) {
      Identity press = plant.device("press-1", "prod");
      int most = 0;
      long begun = System.nanoTime();
      for (int second = 1; second <= COMMITS; second++) {
        plant.append(readings(plant, sealer, press, second));
        pipeline.turn(worker);
        plant.turn(Duration.ofSeconds(1));
        int check = Math.max(100, COMMITS / 20);
        if (second % check == 0) {
          most = Math.max(most, report(plant, lake, second, begun));
        }
      }
      assertThat(worker.commits()).isEqualTo(COMMITS);
      assertThat(most).isLessThan(2_000);
      System.out.printf(
          "growth: all in %d ms, and of a lake that got the same at once in %d%n",
          millis(lake, ALL), freshMillis());
    }
  }

  private long freshMillis() throws IOException {
    try (var plant = new Plant(Files.createDirectory(folder.resolve("fresh")));
        Lake lake = RealLakeTest.open(plant, new ArrayList<>());
        RecordSealer sealer = plant.sealer();
        Pipeline pipeline = Pipeline.open(plant.parts(lake.writer(), Plant.settings()));
        Worker worker = pipeline.newWorker()) {
      Identity press = plant.device("press-1", "prod");
      for (int second = 1; second <= COMMITS; second++) {
        plant.append(readings(plant, sealer, press, second));
        plant.turn(Duration.ofSeconds(1));
      }
      long before;
      do {
        before = worker.commits();
        pipeline.turn(worker);
      } while (worker.commits() > before);
      long rows = (long) COMMITS * READINGS;
      assertThat(ask(lake, ALL).rows()).containsExactly(List.of(rows, rows));
      return millis(lake, ALL);
    }
  }

  private static List<RecordLog.Entry> readings(
      Plant plant, RecordSealer sealer, Identity press, int second) {
    var entries = new ArrayList<RecordLog.Entry>();
    for (int i = 0; i < READINGS; i++) {
      long sequence = (second - 1L) * READINGS + i + 1;
      entries.addAll(
          Plant.sealed(
              sealer, 1, plant.origin(press, sequence), plant.payload(sequence, second % 90)));
    }
    return entries;
  }

  /** The objects alive, whose bound grows with the logarithm of the commits. */
  private static int report(Plant plant, Lake lake, int commits, long begun) {
    int data = files(plant.folder.resolve("objects/data"));
    int meta = files(plant.folder.resolve("objects/meta"));
    int leaves = files(plant.folder.resolve("objects/leaves"));
    int all = data + meta + leaves;
    QueryResult readings = ask(lake, ALL);
    long allMillis = millis(lake, ALL);
    // An hour of these seconds, however many there are.
    long lastMillis =
        millis(
            lake,
            ALL
                + " WHERE event_time >= TIMESTAMPTZ '%s'"
                    .formatted(plant.clock.instant().minusSeconds(3_600)));
    QueryResult minutes = ask(lake, "SELECT sum(\"count\"), count(*) FROM minutes");
    System.out.printf(
        "growth: %,d commits in %d s: %d data, %d meta, %d leaves, %,d bytes; questions open %d"
            + " and %d files; all in %d ms, the last hour in %d%n",
        commits,
        (System.nanoTime() - begun) / 1_000_000_000,
        data,
        meta,
        leaves,
        bytes(plant.folder.resolve("objects")),
        readings.filesRead(),
        minutes.filesRead(),
        allMillis,
        lastMillis);
    long rows = (long) commits * READINGS;
    assertThat(readings.rows()).containsExactly(List.of(rows, rows));
    assertThat(minutes.rows().getFirst().getFirst().toString()).isEqualTo(Long.toString(rows));
    int tiers = 1 + (Long.SIZE - Long.numberOfLeadingZeros(rows)) / 3;
    assertThat(readings.filesRead()).as("files of readings").isLessThanOrEqualTo(8 * tiers);
    assertThat(minutes.filesRead()).as("files of minutes").isLessThanOrEqualTo(8 * tiers);
    assertThat(data).as("data").isLessThan(3 * 8 * tiers + 200);
    assertThat(meta).as("metadata").isLessThan(250);
    assertThat(leaves).as("leaf arrays").isLessThan(8 * tiers);
    assertThat(plant.events("batch.stored")).as("one a commit").hasSizeLessThanOrEqualTo(commits);
    everyBatchHasItsLeaves(plant);
    return all;
  }

  /** The first batches and the last, whichever objects hold them now. */
  private static void everyBatchHasItsLeaves(Plant plant) {
    var arrays = new LeafArrays(plant.database, plant.objects);
    List<Event> batches = plant.events("batch.stored");
    for (int i = 0; i < batches.size(); i += 1 + batches.size() / 50) {
      Bytes leaves = arrays.get("leaves/" + i).orElseThrow();
      var hashes = new ArrayList<Hash>();
      for (int at = 0; at < leaves.size(); at += Hash.SIZE) {
        hashes.add(new Hash(leaves.slice(at, at + Hash.SIZE)));
      }
      assertThat(MerkleTree.rootOf(hashes).hex()).isEqualTo(batches.get(i).details().get("root"));
    }
  }
}
