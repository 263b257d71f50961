package io.telltale.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.fakes.ForwardingObjects;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.upkeep.FileIndex;
import io.telltale.objects.ObjectStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageTest {
  @TempDir Path folder;

  private static long count(TestLake lake) {
    var outcome =
        lake.lake
            .query()
            .run(TestLake.ANALYST, "SELECT count(*) FROM readings", "test", QueryLimits.DEFAULT);
    return switch (outcome) {
      case QueryOutcome.Answered(QueryResult result) ->
          (Long) java.util.Objects.requireNonNull(result.rows().getFirst().getFirst());
      case QueryOutcome.Refused refused -> throw new AssertionError(refused.toString());
    };
  }

  private static List<Path> files(Path folder) {
    try (Stream<Path> found = Files.walk(folder)) {
      return found.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  // KM-2: no byte of a reading, a name or a column on disk, DuckDB's temporary files included.
  @Test
  void leaves_no_plaintext_on_disk() throws IOException {
    try (var lake = new TestLake(folder)) {
      List<RawRow> rows = TestLake.rows(0, 500, 5);
      lake.write(rows, List.of(TestLake.minute(TestLake.NOON, 1, rows.subList(0, 60))));
      assertThat(count(lake)).isEqualTo(500);
      List<String> planted =
          List.of(
              "press-003",
              "temperature",
              "hall-1",
              "origin of",
              "{\"seq\":",
              "record_offset",
              "event_time",
              "PAR1",
              "manifest",
              "mqtt5:8883",
              rows.getFirst().origin().credential().hex());
      for (Path file : files(folder)) {
        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(planted).as(file.toString()).noneMatch(bytes::contains);
      }
      assertThat(files(folder)).hasSizeGreaterThan(8);
    }
  }

  private final TestKeys keys = new TestKeys();

  @Test
  void notices_truncation_and_replacement_of_a_data_file() throws IOException {
    try (var lake = new TestLake(folder, keys, objects -> objects)) {
      lake.write(TestLake.rows(0, 100, 5), List.of());
    }
    List<Path> data = files(folder.resolve("objects/data"));
    assertThat(data).hasSize(4);
    for (Path file : data) {
      byte[] whole = Files.readAllBytes(file);
      for (int size : new int[] {0, 30, whole.length - 1}) {
        Files.write(file, java.util.Arrays.copyOf(whole, size));
        readsNoRecord();
      }
      Path other = data.get((data.indexOf(file) + 1) % data.size());
      Files.copy(other, file, StandardCopyOption.REPLACE_EXISTING);
      readsNoRecord();
      byte[] damaged = whole.clone();
      damaged[whole.length / 2] ^= 1;
      Files.write(file, damaged);
      readsNoRecord();
      Files.write(file, whole);
    }
  }

  private void readsNoRecord() {
    assertThatThrownBy(
            () -> {
              try (var lake = new TestLake(folder, keys, objects -> objects)) {
                count(lake);
                lake.lake
                    .trace()
                    .records(
                        TestLake.ANALYST,
                        List.of(
                            new OffsetRange(1, 0, 99),
                            new OffsetRange(2, 0, 99),
                            new OffsetRange(3, 0, 99),
                            new OffsetRange(4, 0, 99),
                            new OffsetRange(5, 0, 99)),
                        500);
              }
            })
        .isInstanceOf(CorruptException.class);
  }

  @Test
  void notices_damage_to_table_metadata() throws IOException {
    try (var lake = new TestLake(folder, keys, objects -> objects)) {
      lake.write(TestLake.rows(0, 100, 5), List.of());
    }
    try (var lake = new TestLake(folder, keys, objects -> objects)) {
      lake.maintain();
    }
    List<Path> metadata = files(folder.resolve("objects/meta"));
    assertThat(metadata).hasSize(3);
    for (Path file : metadata) {
      byte[] whole = Files.readAllBytes(file);
      byte[] damaged = whole.clone();
      damaged[whole.length - 1] ^= 1;
      Files.write(file, damaged);
      readsNothing();
      Files.write(file, java.util.Arrays.copyOf(whole, whole.length - 1));
      readsNothing();
      Path other = metadata.get((metadata.indexOf(file) + 1) % metadata.size());
      Files.copy(other, file, StandardCopyOption.REPLACE_EXISTING);
      readsNothing();
      Files.write(file, whole);
    }
  }

  private void readsNothing() {
    assertThatThrownBy(
            () -> {
              try (var lake = new TestLake(folder, keys, objects -> objects)) {
                count(lake);
              }
            })
        .hasStackTraceContaining("CorruptException");
  }

  @Test
  void shows_by_the_pointer_hash_that_a_table_was_moved_back() {
    try (var lake = new TestLake(folder)) {
      lake.write(TestLake.rows(0, 10, 5), List.of());
      TablePointer old = lake.lake.pointers().getFirst();
      var events = lake.write(TestLake.rows(10, 10, 5), List.of());
      lake.moveBackTo(old);
      assertThat(lake.lake.pointers().getFirst().hash().hex())
          .isNotEqualTo(events.getFirst().details().get("new"));
      assertThat(events.getFirst().details()).containsEntry("old", old.hash().hex());
    }
  }

  /** Fails at the n-th put, before or after it happened. */
  private record Faulty(ObjectStore whole, AtomicInteger left, boolean lost)
      implements ForwardingObjects {
    Faulty(ObjectStore whole, int puts, boolean lost) {
      this(whole, new AtomicInteger(puts), lost);
    }

    @Override
    public void put(String name, ByteBuffer content) {
      boolean fails = left.getAndDecrement() == 0;
      if (!fails || !lost) {
        whole.put(name, content);
      }
      if (fails) {
        throw new UnavailableException("injected");
      }
    }
  }

  // Exactly once: whatever fails on the way, the caller's transaction decides alone.
  @Test
  void survives_a_failure_at_every_step_of_prepare_and_commit() {
    try (var first = new TestLake(folder, keys, objects -> objects)) {
      first.write(TestLake.rows(0, 10, 5), List.of());
    }
    int failures = 0;
    long stored = 10;
    for (int step = 0; step < 14; step++) {
      boolean lost = step % 2 == 0;
      int puts = step / 2;
      try (var lake = new TestLake(folder, keys, objects -> new Faulty(objects, puts, lost))) {
        lake.write(TestLake.rows(100 + step * 10L, 10, 5), List.of());
        stored += 10;
      } catch (UnavailableException e) {
        failures++;
      }
      try (var lake = new TestLake(folder, keys, objects -> objects)) {
        assertThat(count(lake)).isEqualTo(stored);
      }
    }
    assertThat(failures).isGreaterThan(8);
  }

  @Test
  void forgets_a_batch_whose_transaction_was_rolled_back() {
    try (var lake = new TestLake(folder, keys, objects -> objects)) {
      lake.write(TestLake.rows(0, 10, 5), List.of());
      var prepared = lake.lake.writer().prepare(TestLake.rows(10, 10, 5), List.of());
      assertThatThrownBy(
              () ->
                  lake.database.write(
                      connection -> {
                        prepared.commit(connection);
                        throw new IllegalStateException("rolled back");
                      }))
          .hasMessageContaining("rolled back");
      prepared.abandon();
      assertThat(count(lake)).isEqualTo(10);
      lake.write(TestLake.rows(10, 10, 5), List.of());
      assertThat(count(lake)).isEqualTo(20);
    }
    int before = files(folder.resolve("objects")).size();
    try (var lake = new TestLake(folder, keys, objects -> objects)) {
      lake.maintain();
      assertThat(count(lake)).isEqualTo(20);
    }
    assertThat(files(folder.resolve("objects")).size()).isLessThan(before);
  }

  @Test
  void reads_whole_batches_while_others_are_written() throws Exception {
    try (var lake = new TestLake(folder);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      lake.write(TestLake.rows(0, 50, 5), List.of());
      var done = new AtomicBoolean();
      Future<List<Long>> reader =
          threads.submit(
              () -> {
                var counts = new ArrayList<Long>();
                while (!done.get()) {
                  counts.add(count(lake));
                }
                return counts;
              });
      for (int batch = 1; batch <= 16; batch++) {
        lake.write(TestLake.rows(batch * 50L, 50, 5), List.of());
        lake.advance(Duration.ofMinutes(1));
        lake.maintain();
      }
      done.set(true);
      assertThat(reader.get()).isSorted().allMatch(rows -> rows % 50 == 0);
      assertThat(count(lake)).isEqualTo(850);
    }
  }

  @Test
  void merges_small_files_and_deletes_what_they_replaced() {
    try (var lake = new TestLake(folder)) {
      for (int batch = 0; batch < 20; batch++) {
        List<RawRow> rows = TestLake.rows(batch * 10L, 10, 5);
        lake.write(rows, List.of(TestLake.minute(TestLake.NOON, batch + 1, rows)));
      }
      int before = files(folder.resolve("objects/data")).size();
      assertThat(before).isEqualTo(100);
      lake.advance(Duration.ofSeconds(30));
      lake.maintain();
      assertThat(count(lake)).isEqualTo(200);
      List<ProvenRecord> records =
          lake.lake.trace().records(TestLake.ANALYST, List.of(new OffsetRange(1, 0, 199)), 500);
      assertThat(records).hasSize(40);
      for (int later = 0; later < 3; later++) {
        lake.write(
            TestLake.rows(1_000 + later * 10L, 10, 5),
            List.of(TestLake.minute(TestLake.NOON, 50 + later, TestLake.rows(0, 5, 5))));
        lake.advance(Duration.ofMinutes(3));
        lake.maintain();
      }
      assertThat(count(lake)).isEqualTo(230);
      assertThat(files(folder.resolve("objects/data")).size()).isLessThan(25);
      assertThat(lake.keys.count()).isLessThan(30);
    }
  }

  // Firm ground 16
  @Test
  void a_corrupt_object_is_left_out_of_merging_and_stops_nothing() throws IOException {
    try (var lake = new TestLake(folder)) {
      lake.write(TestLake.rows(0, 10, 1), List.of());
      for (Path file : files(folder.resolve("objects/data"))) {
        Files.write(file, new byte[] {1, 2, 3});
      }
      for (int batch = 1; batch < 40; batch++) {
        lake.write(TestLake.rows(batch * 10L, 10, 1), List.of());
        lake.advance(Duration.ofMinutes(1));
        lake.maintain();
      }
      assertThat(files(folder.resolve("objects/data")).size()).isLessThan(2 * 22);
      assertThat(lake.halts).containsEntry("merges-left readings", 1L);
      assertThat(lake.lake.pointers()).hasSize(1);
    }
  }

  /** Tells which threads put objects. */
  private record Watched(ObjectStore whole, Set<String> threads) implements ForwardingObjects {
    @Override
    public void put(String name, ByteBuffer content) {
      threads.add(Thread.currentThread().getName());
      whole.put(name, content);
    }
  }

  // The table library's pool is waited for in steps of 10 ms, several times a commit.
  @Test
  void a_table_is_changed_by_the_committing_thread_and_no_pool_is_waited_for() {
    Set<String> threads = ConcurrentHashMap.newKeySet();
    try (var lake = new TestLake(folder, keys, objects -> new Watched(objects, threads))) {
      for (int batch = 0; batch < 10; batch++) {
        lake.write(TestLake.rows(batch * 10L, 10, 1), List.of());
        lake.advance(Duration.ofMinutes(1));
        lake.maintain();
      }
    }
    assertThat(threads)
        .contains(Thread.currentThread().getName())
        .noneMatch(name -> name.startsWith("iceberg"));
  }

  /** Will not delete one object: an immutable file, a folder of somebody else's. */
  private static final class Clinging implements ForwardingObjects {
    private final ObjectStore whole;
    private Optional<String> kept = Optional.empty();

    Clinging(ObjectStore whole) {
      this.whole = whole;
    }

    @Override
    public ObjectStore whole() {
      return whole;
    }

    @Override
    public void put(String name, ByteBuffer content) {
      whole.put(name, content);
      if (name.startsWith(SealedFile.FOLDER) && kept.isEmpty()) {
        kept = Optional.of(name);
      }
    }

    @Override
    public void delete(String name) {
      if (kept.filter(name::equals).isPresent()) {
        throw new UnavailableException("deleting the object " + name);
      }
      whole.delete(name);
    }
  }

  // Firm ground 16
  @Test
  void an_object_that_cannot_be_deleted_keeps_no_other_and_no_merge_waiting() {
    var clinging = new ArrayList<Clinging>();
    try (var lake =
        new TestLake(
            folder,
            keys,
            objects -> {
              clinging.add(new Clinging(objects));
              return clinging.getFirst();
            })) {
      for (int batch = 0; batch < 40; batch++) {
        lake.write(TestLake.rows(batch * 10L, 10, 1), List.of());
        lake.advance(Duration.ofMinutes(1));
        lake.maintain();
      }
      List<Path> left = files(folder.resolve("objects/data"));
      assertThat(left.size()).isLessThan(2 * 14);
      String kept = clinging.getFirst().kept.orElseThrow();
      assertThat(left).anyMatch(file -> file.toString().endsWith(kept));
      assertThat(lake.halts).containsEntry("sweep objects", 1L);
      assertThat(count(lake)).isEqualTo(400);
      // Once it can be, the search for orphans finds it.
      clinging.getFirst().kept = Optional.of("");
      lake.advance(Duration.ofHours(7));
      lake.maintain();
      lake.maintain();
      assertThat(files(folder.resolve("objects/data")))
          .noneMatch(file -> file.toString().endsWith(kept));
    }
  }

  @Test
  void files_whose_key_is_away_for_a_while_are_merged_later() {
    try (var lake = new TestLake(folder)) {
      for (int batch = 0; batch < 8; batch++) {
        lake.write(TestLake.rows(batch * 10L, 10, 1), List.of());
      }
      lake.keys.disable(TestLake.SCOPE);
      for (int round = 0; round < 3; round++) {
        lake.advance(Duration.ofMinutes(1));
        lake.maintain();
      }
      lake.keys.enable(TestLake.SCOPE);
      assertThat(files(folder.resolve("objects/data"))).hasSize(16);
      assertThat(lake.halts).containsEntry("merges-left readings", 1L);
      SealingWriter writer = (SealingWriter) lake.lake.writer();
      for (int commit = 0; commit < FileIndex.LEFT_COMMITS; commit++) {
        writer.readings().committed(List.of(), List.of());
      }
      for (int round = 0; round < 3; round++) {
        lake.advance(Duration.ofMinutes(1));
        lake.maintain();
      }
      assertThat(files(folder.resolve("objects/data")).size()).isLessThan(16);
      assertThat(lake.halts).containsEntry("merges-left readings", 0L);
      assertThat(count(lake)).isEqualTo(80);
    }
  }

  @Test
  void writes_nothing_under_a_disabled_key_and_recovers() {
    try (var lake = new TestLake(folder)) {
      lake.keys.disable(TestLake.SCOPE);
      assertThatThrownBy(() -> lake.write(TestLake.rows(0, 10, 5), List.of()))
          .isInstanceOf(UnavailableException.class);
      assertThat(folder.resolve("objects/data")).doesNotExist();
      lake.keys.enable(TestLake.SCOPE);
      lake.write(TestLake.rows(0, 10, 5), List.of());
      assertThat(count(lake)).isEqualTo(10);
    }
  }
}
