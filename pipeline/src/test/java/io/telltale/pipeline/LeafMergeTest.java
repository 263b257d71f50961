package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.db.Database;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Halts;
import io.telltale.kernel.Hash;
import io.telltale.kernel.UnavailableException;
import io.telltale.leases.RecordSealer;
import io.telltale.objects.ObjectStore;
import io.telltale.pipeline.leaves.LeafRun;
import io.telltale.pipeline.leaves.LeafTiers;
import io.telltale.pipeline.leaves.StoredBatch;
import io.telltale.pipeline.leaves.StoredLeaves;
import io.telltale.roster.Identity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
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

  private static final class InMemory implements ObjectStore {
    private final Map<String, Bytes> all = new HashMap<>();
    private final Set<String> withheld = new HashSet<>();

    @Override
    public void put(String name, ByteBuffer content) {
      byte[] bytes = new byte[content.remaining()];
      content.duplicate().get(bytes);
      all.put(name, Bytes.adopt(bytes));
    }

    @Override
    public Optional<Bytes> get(String name) {
      if (withheld.contains(name)) {
        throw new UnavailableException("reading the object " + name);
      }
      return Optional.ofNullable(all.get(name));
    }

    @Override
    public void delete(String name) {
      all.remove(name);
    }

    @Override
    public void list(String prefix, Consumer<String> each) {
      throw new AssertionError("nobody lists them");
    }

    @Override
    public String finished(String name) {
      return name;
    }
  }

  private final InMemory inMemory = new InMemory();

  private static Hash leaf(long number) {
    return Hash.sha256(Bytes.utf8("leaf " + number));
  }

  private void store(LeafArrays arrays, Database database, long from, long to) {
    database.write(
        connection -> {
          for (long number = from; number < to; number++) {
            var run = new LeafRun(0, number);
            run.add(leaf(number));
            var batch = StoredBatch.of(number, List.of(run), false).orElseThrow();
            LeafArrays.add(connection, arrays.store(batch));
          }
          return to;
        });
  }

  /** Merges once a commit, as far as the disk lets it; how often it did not. */
  private int commits(LeafArrays arrays, Database database, long from, long to) {
    int failures = 0;
    for (long number = from; number < to; number++) {
      store(arrays, database, number, number + 1);
      try {
        arrays.merge();
      } catch (UnavailableException _) {
        failures++;
      }
    }
    return failures;
  }

  @Test
  void what_was_not_merged_for_long_is_merged_beside_what_comes() {
    try (var database = TestStores.open(folder.resolve("x.db"), List.of(LeafArrays.TABLE))) {
      var arrays = new LeafArrays(database, inMemory);
      // Once a minute only, as while something else failed.
      for (int minute = 0; minute < 50; minute++) {
        store(arrays, database, 60L * minute, 60L * (minute + 1));
        arrays.merge();
      }
      assertThat(commits(arrays, database, 3_000, 4_000)).isZero();
      assertThat(inMemory.all).hasSizeLessThan(LeafTiers.LOOKED_AT + 2 * LeafTiers.FAN_IN);
      assertThat(arrays.get(StoredLeaves.name(1_700))).contains(leaf(1_700).value());
    }
  }

  @Test
  void an_array_that_the_disk_does_not_give_keeps_no_others_from_being_merged() {
    try (var database = TestStores.open(folder.resolve("x.db"), List.of(LeafArrays.TABLE))) {
      var arrays = new LeafArrays(database, inMemory);
      store(arrays, database, 0, 600);
      inMemory.withheld.addAll(List.of(LeafArrays.object(300, 300), LeafArrays.object(590, 590)));
      assertThat(commits(arrays, database, 600, 900)).isPositive();
      assertThat(inMemory.all).hasSizeLessThan(64);
      // Once it does, they are merged as well.
      inMemory.withheld.clear();
      assertThat(commits(arrays, database, 900, 1_000)).isZero();
    }
  }

  @Test
  void a_lake_that_cannot_be_kept_in_order_keeps_no_arrays_from_being_merged() {
    try (var plant = new Plant(folder);
        RecordSealer sealer = plant.sealer()) {
      Identity press = plant.device("press-1", "prod");
      for (int i = 1; i <= 20; i++) {
        plant.publish(sealer, 0, press, i, i);
        plant.pump();
      }
      try (var pipeline = Pipeline.open(plant.parts(plant.lake.untidy(), Plant.settings()));
          var worker = pipeline.newWorker()) {
        for (int turn = 0; turn < 3; turn++) {
          pipeline.turn(worker);
        }
        assertThat(pipeline.status().maintenance()).isEqualTo("deleting an object");
      }
      assertThat(new LeafArrays(plant.database, plant.objects).newest(LeafTiers.LOOKED_AT))
          .hasSize(2 + 4);
    }
  }

  @Test
  void an_idle_loop_asks_the_database_for_leaves_once_a_second() {
    var store = new AskedStore("FROM pipeline_leaves");
    var nanos = new AtomicLong();
    try (var plant = new Plant(folder, store::before)) {
      plant.nanoTime = nanos::get;
      PipelineParts parts = plant.parts(plant.lake, Plant.standard());
      try (var pipeline = Pipeline.open(parts);
          var worker = pipeline.newWorker()) {
        pipeline.turn(worker);
        assertThat(store.asked()).as("at the start").isPositive();
        for (int second = 0; second < 3; second++) {
          pipeline.turn(worker);
          assertThat(store.asked()).as("too early").isZero();
          nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
          pipeline.turn(worker);
          assertThat(store.asked()).as("after a second").isEqualTo(1);
        }
      }
    }
  }

  @Test
  void what_a_crash_left_of_an_array_is_deleted_at_the_start_finished_or_not() throws IOException {
    try (var plant = new Plant(folder)) {
      var arrays = new LeafArrays(plant.database, plant.objects);
      store(arrays, plant.database, 0, 2);
      Path objects = folder.resolve("objects");
      List<Path> left =
          Stream.of("leaves/0-1", "leaves/0-1.part", "leaves/0-0.part")
              .map(objects::resolve)
              .toList();
      for (Path each : left) {
        Files.writeString(each, "left");
      }
      arrays.sweep();
      assertThat(left).noneMatch(Files::exists);
      assertThat(arrays.get("leaves/0")).isPresent();
      assertThat(arrays.get("leaves/1")).isPresent();
    }
  }
}
