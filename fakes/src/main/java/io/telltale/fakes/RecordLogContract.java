package io.telltale.fakes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import io.telltale.log.RecordLog;
import io.telltale.log.RecordLog.Entry;
import io.telltale.log.RecordLog.Stored;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.function.ThrowingConsumer;

/** What every driver of the log must do; a driver's test hands in how to open one. */
public final class RecordLogContract {
  private static final long SEED = 20_261_123L;

  /** Opens, or opens again, the log that lies in {@code folder}; its segments are small. */
  @FunctionalInterface
  public interface Driver {
    RecordLog open(Path folder);
  }

  private final Driver driver;

  public RecordLogContract(Driver driver) {
    this.driver = driver;
  }

  public Stream<DynamicTest> tests() {
    return Stream.of(
        test("an_empty_log_has_nothing", this::emptyLogHasNothing),
        test("offsets_are_contiguous_from_zero_per_partition", this::offsetsAreContiguous),
        test("a_reader_gets_at_least_one_record_however_small_its_room", this::readsAtLeastOne),
        test("equals_a_model_over_random_appends_reads_and_openings", this::equalsAModel),
        test("positions_grow_as_is_appended_and_end_a_read", this::positionsGrow),
        test("batches_of_one_thread_stay_in_order", this::batchesStayInOrder),
        test("await_wakes_when_a_record_is_durable_and_times_out_else", this::awaitWakes),
        test("drops_old_records_and_never_newer_ones", this::dropsOldRecords),
        test("refuses_after_close", this::refusesAfterClose),
        test("refuses_what_is_no_record", this::refusesWhatIsNoRecord),
        test("takes_the_largest_and_the_smallest_body", this::takesLargestAndSmallest));
  }

  private static DynamicTest test(String name, ThrowingConsumer<Path> body) {
    return DynamicTest.dynamicTest(
        name,
        () -> {
          Path folder = Files.createTempDirectory("log-contract");
          try {
            body.accept(folder);
          } finally {
            delete(folder);
          }
        });
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** The offsets that {@code entries} got. */
  public static long[] appended(RecordLog log, List<Entry> entries) throws InterruptedException {
    try {
      return log.append(entries).get(30, TimeUnit.SECONDS);
    } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
      throw new AssertionError("an append failed", e);
    }
  }

  /** Up to {@code bytesMax} bytes, at least one. */
  public static Bytes body(Random random, int bytesMax) {
    byte[] bytes = new byte[1 + random.nextInt(bytesMax)];
    random.nextBytes(bytes);
    return Bytes.adopt(bytes);
  }

  /** All that {@code partition} has from {@code from} on, read piece by piece. */
  public static List<Stored> readAll(RecordLog log, int partition, long from, int bytesMax) {
    var all = new ArrayList<Stored>();
    long next = from;
    while (true) {
      List<Stored> some = log.read(partition, next, bytesMax);
      if (some.isEmpty()) {
        return all;
      }
      all.addAll(some);
      next = some.getLast().offset() + 1;
    }
  }

  private void emptyLogHasNothing(Path folder) throws InterruptedException {
    try (RecordLog log = driver.open(folder)) {
      assertThat(log.available()).isTrue();
      assertThat(log.read(3, 0, 1000)).isEmpty();
      assertThat(log.end(3)).isZero();
      assertThat(log.start(3)).isZero();
      assertThat(appended(log, List.of())).isEmpty();
    }
  }

  private void offsetsAreContiguous(Path folder) throws InterruptedException {
    try (RecordLog log = driver.open(folder)) {
      var batch =
          List.of(
              new Entry(0, Bytes.utf8("a")),
              new Entry(7, Bytes.utf8("b")),
              new Entry(0, Bytes.utf8("c")));
      assertThat(appended(log, batch)).containsExactly(0, 0, 1);
      assertThat(appended(log, batch)).containsExactly(2, 1, 3);
      assertThat(log.read(0, 1, 1000))
          .containsExactly(
              new Stored(0, 1, Bytes.utf8("c")),
              new Stored(0, 2, Bytes.utf8("a")),
              new Stored(0, 3, Bytes.utf8("c")));
    }
  }

  private void readsAtLeastOne(Path folder) throws InterruptedException {
    try (RecordLog log = driver.open(folder)) {
      var large = new Entry(1, Bytes.adopt(new byte[5_000]));
      appended(log, List.of(large, large, large));
      assertThat(log.read(1, 0, 1)).hasSize(1);
      assertThat(log.read(1, 1, 10_000)).hasSize(2);
      assertThat(log.read(1, 0, 14_999)).hasSize(2);
    }
  }

  private void equalsAModel(Path folder) throws InterruptedException {
    var random = new Random(SEED);
    var model = new ArrayList<List<Bytes>>();
    for (int i = 0; i < RecordLog.PARTITIONS; i++) {
      model.add(new ArrayList<>());
    }
    for (int opening = 0; opening < 6; opening++) {
      try (RecordLog log = driver.open(folder)) {
        for (int step = 0; step < 120; step++) {
          appendToBoth(log, model, random);
          int partition = random.nextInt(RecordLog.PARTITIONS);
          List<Bytes> expected = model.get(partition);
          int from = random.nextInt(expected.size() + 1);
          List<Stored> read = log.read(partition, from, 1 + random.nextInt(50_000));
          assertThat(read.isEmpty()).isEqualTo(from == expected.size());
          for (Stored stored : read) {
            assertThat(stored.body()).isEqualTo(expected.get((int) stored.offset()));
          }
        }
        for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
          assertThat(readAll(log, partition, 0, 100_000).stream().map(Stored::body))
              .as("partition %d, opening %d, seed %d", partition, opening, SEED)
              .containsExactlyElementsOf(model.get(partition));
        }
      }
    }
  }

  private static void appendToBoth(RecordLog log, List<List<Bytes>> model, Random random)
      throws InterruptedException {
    var batch = new ArrayList<Entry>();
    var expected = new ArrayList<Long>();
    int count = 1 + random.nextInt(20);
    for (int i = 0; i < count; i++) {
      // Some partitions rarely get anything.
      int partition = (int) (RecordLog.PARTITIONS * Math.pow(random.nextDouble(), 3));
      Bytes body = body(random, 1_500);
      expected.add((long) model.get(partition).size());
      model.get(partition).add(body);
      batch.add(new Entry(partition, body));
    }
    assertThat(appended(log, batch)).containsExactly(expected.stream().mapToLong(i -> i).toArray());
  }

  private void positionsGrow(Path folder) throws InterruptedException {
    var random = new Random(SEED);
    var appended = new ArrayList<Stored>();
    long[] ends = new long[RecordLog.PARTITIONS];
    for (int opening = 0; opening < 4; opening++) {
      try (RecordLog log = driver.open(folder)) {
        for (int step = 0; step < 40; step++) {
          int partition = random.nextInt(5);
          var entry = new Entry(partition, body(random, 3_000));
          appended(log, List.of(entry));
          appended.add(new Stored(partition, ends[partition]++, entry.body()));
        }
        List<Long> positions =
            appended.stream().map(one -> log.position(one.partition(), one.offset())).toList();
        assertThat(positions).as("seed %d", SEED).isSorted().allMatch(position -> position >= 0);
        assertThat(log.position(2, ends[2])).isGreaterThanOrEqualTo(positions.getLast());
        assertThat(log.position(9, 0)).isGreaterThanOrEqualTo(positions.getLast());
        for (int look = 0; look < 100; look++) {
          long positionMax = positions.get(random.nextInt(positions.size())) + random.nextInt(2);
          Stored from = appended.get(random.nextInt(appended.size()));
          assertThat(log.read(from.partition(), from.offset(), Integer.MAX_VALUE, positionMax))
              .containsExactlyElementsOf(
                  appended.stream()
                      .filter(one -> one.partition() == from.partition())
                      .filter(one -> one.offset() >= from.offset())
                      .filter(one -> positions.get(appended.indexOf(one)) < positionMax)
                      .toList());
        }
      }
    }
  }

  private void batchesStayInOrder(Path folder) throws Exception {
    try (RecordLog log = driver.open(folder)) {
      var pending = new ArrayList<CompletableFuture<long[]>>();
      for (int i = 0; i < 5_000; i++) {
        pending.add(log.append(List.of(new Entry(2, Bytes.utf8("record " + i)))));
      }
      for (int i = 0; i < pending.size(); i++) {
        assertThat(pending.get(i).get(30, TimeUnit.SECONDS)).containsExactly(i);
      }
      assertThat(readAll(log, 2, 0, 1_000).get(4_321).body()).isEqualTo(Bytes.utf8("record 4321"));
    }
  }

  private void awaitWakes(Path folder) throws Exception {
    try (RecordLog log = driver.open(folder)) {
      assertThat(log.await(5, 0, Duration.ofMillis(5))).isFalse();
      CompletableFuture<Boolean> waiting =
          CompletableFuture.supplyAsync(() -> awaited(log, 5, 1), task -> new Thread(task).start());
      appended(log, List.of(new Entry(5, Bytes.utf8("x"))));
      appended(log, List.of(new Entry(4, Bytes.utf8("y"))));
      assertThat(waiting).isNotDone();
      appended(log, List.of(new Entry(5, Bytes.utf8("z"))));
      assertThat(waiting.get(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  private static boolean awaited(RecordLog log, int partition, long offset) {
    try {
      return log.await(partition, offset, Duration.ofSeconds(30));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void dropsOldRecords(Path folder) throws InterruptedException {
    var entry = new Entry(6, Bytes.adopt(new byte[400]));
    long[] offsets = new long[RecordLog.PARTITIONS];
    try (RecordLog log = driver.open(folder)) {
      appended(log, List.of(new Entry(9, Bytes.utf8("needed by nobody"))));
      for (int i = 0; i < 400; i++) {
        appended(log, List.of(entry));
      }
      log.dropBefore(offsets);
      assertThat(log.start(6)).isZero();
      offsets[6] = 300;
      offsets[9] = 1;
      log.dropBefore(offsets);
      assertThat(log.start(6)).isPositive().isLessThanOrEqualTo(300);
      assertThat(log.read(6, 0, 1).getFirst().offset()).isEqualTo(log.start(6));
      assertThat(log.start(9)).isEqualTo(1);
      assertThat(log.read(9, 0, 100)).isEmpty();
      assertThat(log.position(6, 0)).isEqualTo(log.position(6, log.start(6)));
    }
    try (RecordLog log = driver.open(folder)) {
      assertThat(log.end(6)).isEqualTo(400);
      assertThat(log.end(9)).isEqualTo(1);
      assertThat(readAll(log, 6, 300, 10_000)).hasSize(100);
      assertThat(appended(log, List.of(new Entry(9, Bytes.utf8("next"))))).containsExactly(1);
    }
  }

  private void refusesAfterClose(Path folder) throws InterruptedException {
    RecordLog log = driver.open(folder);
    CompletableFuture<long[]> before = log.append(List.of(new Entry(0, Bytes.utf8("a"))));
    log.close();
    log.close();
    assertThat(before).isCompleted();
    assertThat(log.available()).isFalse();
    assertThat(log.append(List.of(new Entry(0, Bytes.utf8("b")))))
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(UnavailableException.class);
    assertThat(log.await(0, 5, Duration.ofSeconds(30))).isFalse();
  }

  private void refusesWhatIsNoRecord(Path folder) {
    try (RecordLog log = driver.open(folder)) {
      for (Entry bad :
          List.of(
              new Entry(-1, Bytes.utf8("x")),
              new Entry(RecordLog.PARTITIONS, Bytes.utf8("x")),
              new Entry(0, Bytes.EMPTY),
              new Entry(0, Bytes.adopt(new byte[RecordLog.BODY_BYTES_MAX + 1])))) {
        assertThatThrownBy(() -> log.append(List.of(bad)))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  private void takesLargestAndSmallest(Path folder) throws InterruptedException {
    try (RecordLog log = driver.open(folder)) {
      byte[] large = new byte[RecordLog.BODY_BYTES_MAX];
      new Random(SEED).nextBytes(large);
      var batch =
          List.of(new Entry(0, Bytes.adopt(large)), new Entry(0, Bytes.adopt(new byte[] {7})));
      assertThat(appended(log, batch)).containsExactly(0, 1);
      assertThat(log.read(0, 0, 10_000_000).stream().map(Stored::body))
          .containsExactly(Bytes.adopt(large), Bytes.adopt(new byte[] {7}));
    }
  }
}
