package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.telltale.fakes.ForwardingObjects;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Finding;
import io.telltale.kernel.Hash;
import io.telltale.kernel.StoreCheck;
import io.telltale.log.RecordLog;
import io.telltale.objects.ObjectStore;
import io.telltale.pipeline.leaves.LeafCheck;
import io.telltale.pipeline.leaves.StoredLeaves;
import io.telltale.proof.MerkleTree;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Firm ground 35: leaf arrays against the ledger, a bounded piece of work a step. */
final class LeafCheckTest {
  private static final int BATCHES = 10_000;

  @TempDir Path folder;
  private final Map<Integer, List<LeafRoots.OldBatch>> old = new HashMap<>();
  private final Set<Long> onTheirWay = new HashSet<>();
  private long asked;

  private static Hash leaf(long batch) {
    return Hash.sha256(Bytes.utf8("leaf " + batch));
  }

  private final class Roots implements LeafRoots {
    @Override
    public Optional<Hash> of(long batch) {
      asked++;
      return onTheirWay.contains(batch)
          ? Optional.empty()
          : Optional.of(MerkleTree.rootOf(List.of(leaf(batch))));
    }

    @Override
    public List<LeafRoots.OldBatch> old(int partition, long before) {
      assertThat(partition).isBetween(0, RecordLog.PARTITIONS - 1);
      return old.getOrDefault(partition, List.of()).stream()
          .filter(batch -> batch.event() < before)
          .toList();
    }
  }

  /** One object of many batches with a leaf each. */
  private static void store(Plant plant, long first, int count) {
    ByteBuffer bytes = ByteBuffer.allocate(count * (Integer.BYTES + Hash.SIZE));
    for (long batch = first; batch < first + count; batch++) {
      bytes.putInt(1).put(leaf(batch).value().toArray());
    }
    long last = first + count - 1;
    var stored = new StoredLeaves(first, last, bytes.capacity(), LeafArrays.object(first, last));
    plant.objects.put(stored.object(), bytes.flip());
    plant.database.write(
        connection -> {
          LeafArrays.add(connection, stored);
          return 0;
        });
  }

  private Path file(String object) {
    return folder.resolve("objects").resolve(object);
  }

  private void flip(String object, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file(object));
    bytes[at] ^= 1;
    Files.write(file(object), bytes);
  }

  private List<Finding> findings(StoreCheck check) {
    return findings(check, StoreCheck.BEGINNING);
  }

  private List<Finding> findings(StoreCheck check, String from) {
    var found = new ArrayList<Finding>();
    String position = from;
    for (boolean last = false; !last; ) {
      asked = 0;
      StoreCheck.Step step = check.next(position);
      assertThat(asked).as("batches in one step").isLessThanOrEqualTo(LeafCheck.BATCHES_A_STEP);
      found.addAll(step.findings());
      position = step.position();
      last = step.last();
    }
    return found;
  }

  @Test
  void an_object_of_very_many_batches_is_read_in_steps_and_its_last_batch_too() throws Exception {
    try (var plant = new Plant(folder)) {
      store(plant, 0, BATCHES);
      store(plant, BATCHES, 10);
      StoreCheck check = new LeafArrays(plant.database, plant.objects).check(new Roots());
      assertThat(findings(check)).isEmpty();
      String object = LeafArrays.object(0, BATCHES - 1);
      flip(object, BATCHES * (Integer.BYTES + Hash.SIZE) - 1);
      assertThat(findings(check))
          .singleElement()
          .matches(finding -> finding.text().contains("leaves of batch 9999"));
      // What an earlier process gave is gone on from.
      String position = check.next(StoreCheck.BEGINNING).position();
      StoreCheck other = new LeafArrays(plant.database, plant.objects).check(new Roots());
      assertThat(other.next(position).findings()).isEmpty();
      assertThat(asked).isEqualTo(2L * LeafCheck.BATCHES_A_STEP);
    }
  }

  @Test
  void a_step_ends_in_the_middle_of_an_object_and_goes_on_there() throws Exception {
    try (var plant = new Plant(folder)) {
      store(plant, 0, 10);
      StoreCheck check = new LeafArrays(plant.database, plant.objects).check(new Roots());
      StoreCheck.Step step = check.next(StoreCheck.BEGINNING, () -> asked < 3);
      assertThat(asked).isEqualTo(3);
      assertThat(check.next(step.position(), () -> false)).isEqualTo(step(step.position(), 0, 0));
      flip(LeafArrays.object(0, 9), 3 * (Integer.BYTES + Hash.SIZE) + 10);
      StoreCheck other = new LeafArrays(plant.database, plant.objects).check(new Roots());
      assertThat(other.next(step.position()).findings())
          .singleElement()
          .matches(finding -> finding.text().contains("leaves of batch 3"));
      flip(LeafArrays.object(0, 9), 10 * BATCH - 1);
      assertThat(other.next("8").findings())
          .singleElement()
          .matches(finding -> finding.text().contains("leaves of batch 9"));
    }
  }

  @Test
  void a_second_look_reads_the_disk_again() throws Exception {
    try (var plant = new Plant(folder)) {
      store(plant, 0, 10);
      StoreCheck check = new LeafArrays(plant.database, plant.objects).check(new Roots());
      flip(LeafArrays.object(0, 9), 40);
      assertThat(check.next(StoreCheck.BEGINNING).findings()).hasSize(1);
      flip(LeafArrays.object(0, 9), 40);
      assertThat(findings(check)).isEmpty();
      flip(LeafArrays.object(0, 9), 40);
      assertThat(findings(check)).as("in the next round").hasSize(1);
    }
  }

  @Test
  void an_object_that_the_disk_does_not_give_hides_none_behind_it() throws Exception {
    try (var plant = new Plant(folder)) {
      store(plant, 0, 10);
      store(plant, 10, 10);
      Files.delete(file(LeafArrays.object(0, 9)));
      // Opens as a file does, and fails when it is read.
      Files.createDirectory(file(LeafArrays.object(0, 9)));
      flip(LeafArrays.object(10, 19), 40);
      assertThat(findings(new LeafArrays(plant.database, plant.objects).check(new Roots())))
          .extracting(Finding::text)
          .satisfiesExactly(
              text -> assertThat(text).contains("leaves/0-9 cannot be read: the disk"),
              text -> assertThat(text).contains("leaves/10-19 has not the leaves of batch 11"));
    }
  }

  @Test
  void arrays_of_version_1_are_held_against_what_the_ledger_says_of_them() throws Exception {
    try (var plant = new Plant(folder)) {
      int last = RecordLog.PARTITIONS - 1;
      for (int i = 0; i < 4; i++) {
        String object = "leaves/old-" + i;
        plant.objects.put(object, leaf(i).value().asBuffer());
        var array = new LeafRoots.OldArray(object, 1, MerkleTree.rootOf(List.of(leaf(i))));
        old.put(i * last / 3, List.of(new LeafRoots.OldBatch(100 + i, Optional.of(array))));
      }
      var check = new LeafArrays(plant.database, plant.objects).check(new Roots());
      assertThat(findings(check)).isEmpty();
      assertThat(check.next("old " + last + " " + Long.MAX_VALUE).last())
          .as("there may be more of them")
          .isFalse();
      flip("leaves/old-3", 5);
      Files.delete(file("leaves/old-2"));
      Files.delete(file("leaves/old-0"));
      Files.createDirectory(file("leaves/old-0"));
      assertThat(findings(check))
          .extracting(Finding::text)
          .satisfiesExactly(
              text -> assertThat(text).contains("leaves/old-0 cannot be read: the disk"),
              text -> assertThat(text).contains("leaves/old-2 is missing"),
              text -> assertThat(text).contains("leaves/old-3 has not the leaves"));
    }
  }

  @Test
  void a_step_over_arrays_of_version_1_ends_between_two_and_goes_on_there() throws Exception {
    try (var plant = new Plant(folder)) {
      var batches = new ArrayList<LeafRoots.OldBatch>();
      for (int i = 0; i < 4; i++) {
        var array = new LeafRoots.OldArray("leaves/gone-" + i, 1, leaf(i));
        batches.addFirst(new LeafRoots.OldBatch(100 + i, Optional.of(array)));
      }
      old.put(0, batches);
      StoreCheck check = new LeafArrays(plant.database, plant.objects).check(new Roots());
      String begin = check.next(StoreCheck.BEGINNING).position();
      var asks = new AtomicInteger();
      StoreCheck.Step step = check.next(begin, () -> asks.incrementAndGet() < 3);
      assertThat(asks.get()).isEqualTo(3);
      assertThat(step.findings()).hasSize(2);
      assertThat(step.last()).isFalse();
      assertThat(step.bytes()).isEqualTo(2 * ROOT_BYTES);
      assertThat(findings(check, step.position()))
          .extracting(Finding::text)
          .satisfiesExactly(
              text -> assertThat(text).contains("leaves/gone-1 is missing"),
              text -> assertThat(text).contains("leaves/gone-0 is missing"));
    }
  }

  private static final int BATCH = Integer.BYTES + Hash.SIZE;
  // What finding a batch's root counts as.
  private static final long ROOT_BYTES = 1_024;

  private StoreCheck check(Plant plant) {
    return new LeafArrays(plant.database, plant.objects).check(new Roots());
  }

  private static StoreCheck.Step step(String position, long bytes, long unread) {
    return new StoreCheck.Step(position, false, bytes, unread, List.of());
  }

  private void resize(String object, int size) throws IOException {
    Files.write(file(object), Arrays.copyOf(Files.readAllBytes(file(object)), size));
  }

  /** Writes two neighbours as one, as merging does. */
  private static void merge(Plant plant, long first, long middle, long end) {
    var due = List.of(LeafArrays.object(first, middle - 1), LeafArrays.object(middle, end - 1));
    var all = new ByteArrayOutputStream();
    due.forEach(object -> all.writeBytes(plant.objects.get(object).orElseThrow().toArray()));
    var merged = new StoredLeaves(first, end - 1, all.size(), LeafArrays.object(first, end - 1));
    plant.objects.put(merged.object(), ByteBuffer.wrap(all.toByteArray()));
    plant.database.write(
        connection -> {
          try (var delete = connection.createStatement()) {
            delete.executeUpdate(
                "DELETE FROM pipeline_leaves WHERE first BETWEEN %d AND %d"
                    .formatted(first, end - 1));
          }
          LeafArrays.add(connection, merged);
          return 0;
        });
    due.forEach(plant.objects::delete);
  }

  /** Notes what is read, and lets something happen before. */
  private static final class Watched implements ForwardingObjects {
    private final ObjectStore whole;
    private final List<String> read = new ArrayList<>();
    private Consumer<String> before = _ -> {};

    Watched(ObjectStore whole) {
      this.whole = whole;
    }

    @Override
    public ObjectStore whole() {
      return whole;
    }

    @Override
    public Optional<Bytes> get(String name) {
      read.add(name);
      before.accept(name);
      return whole.get(name);
    }
  }

  @Test
  void a_step_says_how_much_it_read_and_what_is_on_its_way_to_the_ledger() throws Exception {
    try (var plant = new Plant(folder)) {
      store(plant, 0, 10);
      onTheirWay.addAll(List.of(0L, 4L, 9L));
      StoreCheck check = check(plant);
      StoreCheck.Step begun = check.next(StoreCheck.BEGINNING, () -> asked < 3);
      assertThat(begun).isEqualTo(step("2", 3 * (BATCH + ROOT_BYTES), 1));
      StoreCheck.Step through = check.next(begun.position());
      assertThat(through).isEqualTo(step("9", 7 * (BATCH + ROOT_BYTES), 2));
      StoreCheck.Step behind = check.next(through.position());
      assertThat(behind).isEqualTo(step("old 0 " + Long.MAX_VALUE, 0, 0));
      flip(LeafArrays.object(0, 9), 4 * BATCH + Integer.BYTES);
      assertThat(check(plant).next(StoreCheck.BEGINNING).findings())
          .as("of what the ledger does not have yet")
          .isEmpty();
      assertThat(check.name()).isEqualTo("leaves");
    }
  }

  /** How an object ends, and what is said of it. */
  @ParameterizedTest
  @CsvSource({
    "361, goes on behind its last batch",
    "396, goes on behind its last batch",
    "359, ends before batch 9",
    "328, ends before batch 9",
    "327, ends before batch 9",
    "324, ends before batch 9",
    "0, ends before batch 0"
  })
  void an_object_ends_with_its_last_batch(int size, String what) throws Exception {
    try (var plant = new Plant(folder)) {
      store(plant, 0, 10);
      store(plant, 10, 10);
      assertThat(Files.size(file(LeafArrays.object(0, 9)))).isEqualTo(10 * BATCH);
      resize(LeafArrays.object(0, 9), size);
      // What is wrong with one hides no other.
      flip(LeafArrays.object(10, 19), 10);
      StoreCheck check = check(plant);
      assertThat(findings(check))
          .extracting(Finding::where, Finding::what)
          .containsExactly(
              tuple("lake/objects/leaves/0-9", what),
              tuple(
                  "lake/objects/leaves/10-19", "has not the leaves of batch 10 that were stored"));
      assertThat(findings(check, "4"))
          .as("from the middle on")
          .extracting(Finding::what)
          .startsWith(what);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, ends before batch 1",
    "-1, ends before batch 1",
    "10, has not the leaves of batch 1 that were stored",
    "11, ends before batch 1",
    "2147483647, ends before batch 1"
  })
  void a_batch_has_at_least_one_leaf_and_no_more_than_there_are(int count, String what)
      throws Exception {
    try (var plant = new Plant(folder)) {
      store(plant, 0, 10);
      String object = LeafArrays.object(0, 9);
      byte[] bytes = Files.readAllBytes(file(object));
      ByteBuffer.wrap(bytes).putInt(BATCH, count);
      Files.write(file(object), bytes);
      assertThat(findings(check(plant))).extracting(Finding::what).containsExactly(what);
    }
  }

  @Test
  void an_object_that_is_gone_is_missing_and_hides_none_behind_it() throws Exception {
    try (var plant = new Plant(folder)) {
      store(plant, 0, 10);
      store(plant, 10, 10);
      Files.delete(file(LeafArrays.object(0, 9)));
      assertThat(check(plant).next(StoreCheck.BEGINNING))
          .extracting(StoreCheck.Step::position, StoreCheck.Step::bytes)
          .containsExactly("9", ROOT_BYTES);
      flip(LeafArrays.object(10, 19), 40);
      assertThat(findings(check(plant)))
          .extracting(Finding::text)
          .satisfiesExactly(
              text ->
                  assertThat(text)
                      .startsWith("lake/objects/leaves/0-9 is missing. The records of these")
                      .endsWith(Finding.FROM_A_COPY),
              text -> assertThat(text).contains("leaves/10-19 has not the leaves of batch 11"));
    }
  }

  @Test
  void what_is_merged_between_two_steps_is_read_to_its_end_all_the_same() throws Exception {
    try (var plant = new Plant(folder)) {
      store(plant, 0, 10);
      store(plant, 10, 10);
      store(plant, 20, 10);
      StoreCheck check = check(plant);
      StoreCheck.Step first = check.next(StoreCheck.BEGINNING);
      asked = 0;
      StoreCheck.Step within = check.next(first.position(), () -> asked < 3);
      assertThat(within.position()).isEqualTo("12");
      merge(plant, 0, 10, 20);
      assertThat(findings(check, within.position())).isEmpty();
      flip(LeafArrays.object(0, 19), 13 * BATCH + 10);
      assertThat(findings(check, within.position()))
          .extracting(Finding::what)
          .containsExactly("has not the leaves of batch 13 that were stored");
      flip(LeafArrays.object(0, 19), 13 * BATCH + 10);
      flip(LeafArrays.object(0, 19), 10 * BATCH + 10);
      assertThat(findings(check(plant), first.position()))
          .extracting(Finding::what)
          .containsExactly("has not the leaves of batch 10 that were stored");
      assertThat(findings(check(plant), within.position())).as("was read before").isEmpty();
    }
  }

  @Test
  void what_is_merged_while_it_is_looked_for_is_not_missing() throws Exception {
    try (var plant = new Plant(folder)) {
      store(plant, 0, 10);
      store(plant, 10, 10);
      var merging = new Watched(plant.objects);
      merging.before =
          name -> {
            if (name.equals(LeafArrays.object(10, 19))) {
              merge(plant, 0, 10, 20);
            }
          };
      StoreCheck check = new LeafArrays(plant.database, merging).check(new Roots());
      assertThat(findings(check)).isEmpty();
      assertThat(merging.read)
          .containsExactly(
              LeafArrays.object(0, 9), LeafArrays.object(10, 19), LeafArrays.object(0, 19));
    }
  }

  @Test
  void an_object_is_read_once_however_many_steps_it_takes() throws Exception {
    try (var plant = new Plant(folder)) {
      // Behind a gap, which makes none of them longer.
      store(plant, 5_000, BATCHES);
      store(plant, 5_000 + BATCHES, 10);
      var watched = new Watched(plant.objects);
      StoreCheck check = new LeafArrays(plant.database, watched).check(new Roots());
      assertThat(findings(check)).isEmpty();
      assertThat(watched.read)
          .containsExactly(
              LeafArrays.object(5_000, 5_000 + BATCHES - 1),
              LeafArrays.object(5_000 + BATCHES, 5_000 + BATCHES + 9));
    }
  }

  @Test
  void arrays_of_version_1_are_as_long_as_the_ledger_says() throws Exception {
    try (var plant = new Plant(folder)) {
      plant.objects.put("leaves/old-0", ByteBuffer.allocate(0));
      plant.objects.put("leaves/old-1", leaf(1).value().asBuffer());
      plant.objects.put("leaves/old-2", leaf(2).value().asBuffer());
      plant.objects.put("leaves/old-3", leaf(1).value().asBuffer());
      resize("leaves/old-3", Hash.SIZE + 5);
      Hash root = MerkleTree.rootOf(List.of(leaf(1)));
      old.put(
          3,
          List.of(
              new LeafRoots.OldBatch(
                  103, Optional.of(new LeafRoots.OldArray("leaves/old-0", 0, root))),
              new LeafRoots.OldBatch(
                  102, Optional.of(new LeafRoots.OldArray("leaves/old-1", 2, root))),
              new LeafRoots.OldBatch(101, Optional.empty()),
              new LeafRoots.OldBatch(
                  100, Optional.of(new LeafRoots.OldArray("leaves/old-2", 1, root))),
              new LeafRoots.OldBatch(
                  99, Optional.of(new LeafRoots.OldArray("leaves/old-3", 1, root)))));
      StoreCheck check = check(plant);
      StoreCheck.Step step = check.next("old 3 " + Long.MAX_VALUE);
      assertThat(step.findings())
          .extracting(Finding::where, Finding::what)
          .containsExactly(
              tuple("lake/objects/leaves/old-0", "has not the leaves that were stored"),
              tuple("lake/objects/leaves/old-1", "has not the leaves that were stored"),
              tuple("lake/objects/leaves/old-2", "has not the leaves that were stored"),
              tuple("lake/objects/leaves/old-3", "has not the leaves that were stored"));
      assertThat(step.unread()).as("what the ledger cannot open").isEqualTo(1);
      assertThat(step.bytes()).isEqualTo(5 * ROOT_BYTES + 3 * Hash.SIZE + 5);
      assertThat(step.position()).isEqualTo("old 3 99");
      assertThat(check.next(step.position())).isEqualTo(step("old 4 " + Long.MAX_VALUE, 0, 0));
    }
  }
}
