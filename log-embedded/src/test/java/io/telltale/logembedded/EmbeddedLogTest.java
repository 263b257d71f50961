package io.telltale.logembedded;

import static io.telltale.fakes.RecordLogContract.appended;
import static io.telltale.fakes.RecordLogContract.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.fakes.RecordLogContract;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import io.telltale.log.RecordLog;
import io.telltale.log.RecordLog.Entry;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EmbeddedLogTest {
  private static final Entry RECORD = new Entry(0, Bytes.utf8("a record"));

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> keeps_the_contract() {
    return new RecordLogContract(
            at -> EmbeddedLog.open(EmbeddedLogConfig.in(at).withSegmentBytes(20_000)))
        .tests();
  }

  @Test
  void is_closed_to_others_and_to_a_second_opener() throws IOException {
    Path log = folder.resolve("log");
    try (var first = EmbeddedLog.open(EmbeddedLogConfig.in(log))) {
      assertThat(first.available()).isTrue();
      assertThatThrownBy(() -> EmbeddedLog.open(EmbeddedLogConfig.in(log)))
          .isInstanceOf(UnavailableException.class);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
          .isEqualTo("rwx------");
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(log.resolve("0000000001.seg"))))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void refuses_below_the_lower_mark_and_takes_again_above_the_upper_one() throws Exception {
    var free = new AtomicLong(2L << 30);
    var config = EmbeddedLogConfig.in(folder).withFreeBytes(free::get);
    try (var log = EmbeddedLog.open(config)) {
      appended(log, List.of(RECORD));
      free.set(100L << 20);
      awaitAvailable(log, false);
      assertThat(log.append(List.of(RECORD))).isCompletedExceptionally();
      free.set(700L << 20);
      assertThat(log.available()).isFalse();
      free.set(2L << 30);
      awaitAvailable(log, true);
      assertThat(appended(log, List.of(RECORD))).containsExactly(1);
    }
  }

  @Test
  void notices_a_disk_that_fills_up_while_it_is_never_idle() throws Exception {
    var free = new AtomicLong(2L << 30);
    try (var log = EmbeddedLog.open(EmbeddedLogConfig.in(folder).withFreeBytes(free::get))) {
      appended(log, List.of(RECORD));
      free.set(100L << 20);
      int taken = 0;
      while (log.available()) {
        log.append(List.of(RECORD)).exceptionally(_ -> new long[0]).get(30, TimeUnit.SECONDS);
        assertThat(++taken).isLessThanOrEqualTo(20);
      }
    }
  }

  private static void awaitAvailable(RecordLog log, boolean wanted) throws InterruptedException {
    Waiting.until("available: " + wanted, 10, () -> log.available() == wanted);
  }

  @Test
  void refuses_at_once_when_too_much_is_queued() throws Exception {
    var release = new CountDownLatch(1);
    var held = new AtomicBoolean();
    var holding = new CountDownLatch(1);
    // The probe holds the writer thread, so that nothing leaves the queue meanwhile.
    LongSupplier probe =
        () -> {
          if (held.get()) {
            holding.countDown();
            awaitQuietly(release);
          }
          return Long.MAX_VALUE;
        };
    var config =
        EmbeddedLogConfig.in(folder)
            .withQueuedBytesMax(RecordLog.BODY_BYTES_MAX)
            .withFreeBytes(probe);
    try (var log = EmbeddedLog.open(config)) {
      held.set(true);
      assertThat(holding.await(30, TimeUnit.SECONDS)).isTrue();
      var half = new Entry(1, Bytes.adopt(new byte[RecordLog.BODY_BYTES_MAX / 2 - 100]));
      CompletableFuture<long[]> one = log.append(List.of(half));
      CompletableFuture<long[]> two = log.append(List.of(half));
      CompletableFuture<long[]> three = log.append(List.of(half));
      assertThat(three)
          .failsWithin(Duration.ZERO)
          .withThrowableThat()
          .withCauseInstanceOf(UnavailableException.class);
      release.countDown();
      assertThat(one).succeedsWithin(Duration.ofSeconds(30));
      assertThat(two).succeedsWithin(Duration.ofSeconds(30));
      assertThat(appended(log, List.of(half))).containsExactly(2);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void an_interrupted_reader_harms_nobody_else() throws Exception {
    try (var log = EmbeddedLog.open(EmbeddedLogConfig.in(folder))) {
      appended(log, List.of(RECORD));
      var reader =
          CompletableFuture.supplyAsync(
              () -> {
                Thread.currentThread().interrupt();
                return log.read(0, 0, 100);
              },
              task -> new Thread(task).start());
      assertThat(reader)
          .failsWithin(Duration.ofSeconds(30))
          .withThrowableThat()
          .withCauseInstanceOf(UnavailableException.class);
      assertThat(appended(log, List.of(RECORD))).containsExactly(1);
      assertThat(readAll(log, 0, 0, 100)).hasSize(2);
    }
  }

  @Test
  void sealed_segments_are_read_without_their_indexes_and_with_damaged_ones() throws Exception {
    var config = EmbeddedLogConfig.in(folder).withSegmentBytes(2_000);
    try (var log = EmbeddedLog.open(config)) {
      for (int i = 0; i < 300; i++) {
        appended(log, List.of(RECORD, new Entry(1, Bytes.utf8("another " + i))));
      }
    }
    Files.delete(folder.resolve("0000000002.idx"));
    byte[] index = Files.readAllBytes(folder.resolve("0000000003.idx"));
    index[index.length - 9] ^= 1;
    Files.write(folder.resolve("0000000003.idx"), index);
    Files.write(folder.resolve("0000000004.idx"), new byte[50]);
    try (var log = EmbeddedLog.open(config)) {
      assertThat(readAll(log, 0, 0, 500)).hasSize(300);
      assertThat(readAll(log, 1, 0, 500).get(299).body()).isEqualTo(Bytes.utf8("another 299"));
    }
  }
}
