package io.telltale.logembedded;

import static io.telltale.fakes.RecordLogContract.appended;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.fakes.RecordLogContract;
import io.telltale.kernel.Bytes;
import io.telltale.log.Lockstep;
import io.telltale.log.RecordLog;
import io.telltale.log.RecordLog.Entry;
import io.telltale.log.RecordLog.Stored;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Partitions share the blocks of the log, and none of them waits for what may never come. */
@Timeout(120)
class PartitionsInStepTest {
  private static final int MIB = 1 << 20;
  private static final long SEED = Long.getLong("cases.seed", 20_261_130L);
  private static final int WINDOW = EmbeddedLog.RECENT_BYTES / 2;
  private static final int READ_BYTES = WINDOW / 8;

  /** Tells how much is read of segments. */
  private record CountedFiles(MemoryFiles files, AtomicLong read) implements SegmentFiles {
    private record Counted(SegmentFile file, AtomicLong read) implements SegmentFile {
      @Override
      public long size() throws IOException {
        return file.size();
      }

      @Override
      public void write(long position, ByteBuffer bytes) throws IOException {
        file.write(position, bytes);
      }

      @Override
      public void read(long position, ByteBuffer into) throws IOException {
        int before = into.position();
        file.read(position, into);
        read.addAndGet(into.position() - before);
      }

      @Override
      public void force() throws IOException {
        file.force();
      }

      @Override
      public void truncate(long size) throws IOException {
        file.truncate(size);
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    }

    @Override
    public List<String> names() {
      return files.names();
    }

    @Override
    public SegmentFile create(String name) throws IOException {
      return files.create(name);
    }

    @Override
    public SegmentFile open(String name) throws IOException {
      SegmentFile file = files.open(name);
      return name.endsWith(".seg") ? new Counted(file, read) : file;
    }

    @Override
    public void delete(String name) {
      files.delete(name);
    }

    @Override
    public void sync() throws IOException {
      files.sync();
    }

    @Override
    public void close() {
      files.close();
    }
  }

  /** Who reads all partitions, as the pipeline does. */
  private static final class Readers {
    private final EmbeddedLog log;
    private final long window;
    private final int readBytes;
    private final long[] next = new long[RecordLog.PARTITIONS];
    // Partitions that wait for something, from that offset on.
    private final long[] waitsAt = new long[RecordLog.PARTITIONS];
    private final boolean[] waits = new boolean[RecordLog.PARTITIONS];

    Readers(EmbeddedLog log, long window, int readBytes) {
      this.log = log;
      this.window = window;
      this.readBytes = readBytes;
      Arrays.fill(waitsAt, Long.MAX_VALUE);
    }

    boolean canTake(int partition) {
      return next[partition] < Math.min(log.end(partition), waitsAt[partition]);
    }

    boolean anyCanTake() {
      return IntStream.range(0, next.length).anyMatch(this::canTake);
    }

    /** How many records it took. */
    int round() {
      long[] positions = new long[next.length];
      for (int i = 0; i < next.length; i++) {
        boolean has = !waits[i] && next[i] < log.end(i);
        positions[i] = has ? log.position(i, next[i]) : Lockstep.NOWHERE;
      }
      long[] ends = Lockstep.ends(positions, window);
      int taken = 0;
      for (int i = 0; i < next.length; i++) {
        int bytesMax = waits[i] ? 1 : readBytes;
        waits[i] = false;
        int read = 0;
        for (Stored one : log.read(i, next[i], bytesMax, ends[i])) {
          taken += take(i, one);
          read += one.body().size();
        }
        int left = Math.max(1, readBytes / 8) - read;
        if (left > 0 && !waits[i]) {
          for (Stored one : log.read(i, next[i], left)) {
            taken += take(i, one);
          }
        }
      }
      return taken;
    }

    private int take(int partition, Stored one) {
      waits[partition] |= one.offset() >= waitsAt[partition];
      if (waits[partition]) {
        return 0;
      }
      assertThat(one.offset()).isEqualTo(next[partition]);
      next[partition]++;
      return 1;
    }
  }

  private static EmbeddedLog open(SegmentFiles files, int segmentBytes) throws IOException {
    EmbeddedLogConfig config = EmbeddedLogConfig.in(Path.of("memory"));
    return EmbeddedLog.open(
        config.withSegmentBytes(segmentBytes).withFreeBytes(() -> Long.MAX_VALUE), files);
  }

  /** Records of 700 bytes, of which partitions have more or fewer, each for a while. */
  private static void fill(EmbeddedLog log, long bytes, Random random) throws InterruptedException {
    Bytes body = Bytes.adopt(new byte[700]);
    List<Integer> order =
        new ArrayList<>(IntStream.range(0, RecordLog.PARTITIONS).boxed().toList());
    long untilOthers = 0;
    for (long written = 0; written < bytes; ) {
      if (written >= untilOthers) {
        Collections.shuffle(order, random);
        untilOthers = written + MIB + random.nextInt(3 * MIB);
      }
      var batch = new ArrayList<Entry>();
      for (int i = 0; i < 500; i++) {
        int at = (int) (RecordLog.PARTITIONS * Math.pow(random.nextDouble(), 1.5));
        batch.add(new Entry(order.get(at), body));
        written += SegmentFormat.FRAME_BYTES + body.size();
      }
      appended(log, batch);
    }
  }

  @Test
  void behind_a_backlog_each_block_is_read_once_for_all_partitions() throws Exception {
    var read = new AtomicLong();
    try (var log = open(new CountedFiles(new MemoryFiles(), read), 8 * MIB)) {
      fill(log, 30 * MIB, new Random(SEED));
      var readers = new Readers(log, WINDOW, READ_BYTES);
      int rounds = 0;
      while (readers.round() > 0) {
        rounds++;
      }
      assertThat(readers.anyCanTake()).isFalse();
      double times = (double) read.get() / (30 * MIB);
      System.out.printf("30 MiB: each byte read %.2f times, %d rounds%n", times, rounds);
      assertThat(times).isLessThan(1.2);
    }
  }

  @Test
  void every_record_is_taken_whatever_the_mix_and_no_round_takes_nothing() throws Exception {
    for (int run = 0; run < 60; run++) {
      long seed = SEED + run;
      var random = new Random(seed);
      try (var log = open(new MemoryFiles(), 3_000 + random.nextInt(60_000))) {
        var readers = new Readers(log, 1 + random.nextInt(12_000), 1 + random.nextInt(3_000));
        double skew = random.nextDouble() * 8;
        for (int step = 0; step < 120; step++) {
          change(log, readers, skew, random);
          boolean any = readers.anyCanTake();
          assertThat(readers.round() > 0).as("seed %d, step %d", seed, step).isEqualTo(any);
        }
        Arrays.fill(readers.waitsAt, Long.MAX_VALUE);
        while (readers.anyCanTake()) {
          assertThat(readers.round()).as("seed %d", seed).isPositive();
        }
        for (int i = 0; i < RecordLog.PARTITIONS; i++) {
          assertThat(readers.next[i]).isEqualTo(log.end(i));
        }
      }
    }
  }

  private static void change(EmbeddedLog log, Readers readers, double skew, Random random)
      throws InterruptedException {
    var batch = new ArrayList<Entry>();
    int count = random.nextInt(4) == 0 ? random.nextInt(150) : random.nextInt(4);
    for (int i = 0; i < count; i++) {
      int partition = (int) (RecordLog.PARTITIONS * Math.pow(random.nextDouble(), skew));
      batch.add(new Entry(partition, RecordLogContract.body(random, 900)));
    }
    appended(log, batch);
    int one = random.nextInt(RecordLog.PARTITIONS);
    if (random.nextInt(10) == 0) {
      readers.waitsAt[one] = readers.next[one] + random.nextInt(20);
    } else if (random.nextInt(4) == 0) {
      readers.waitsAt[one] = Long.MAX_VALUE;
    }
    if (random.nextInt(5) == 0) {
      log.dropBefore(readers.next);
    }
  }

  @Test
  void a_backlog_keeps_nobody_from_a_share_of_each_round() throws Exception {
    var body = Bytes.adopt(new byte[10_000]);
    var backlog = Collections.nCopies(100, new Entry(3, body));
    try (var log = open(new MemoryFiles(), 8 * MIB)) {
      int window = 100_000;
      var readers = new Readers(log, window, window / 8);
      appended(log, backlog.subList(0, 30));
      appended(log, List.of(new Entry(5, body)));
      appended(log, backlog);
      appended(log, List.of(new Entry(7, body)));
      readers.round();
      assertThat(readers.next[3]).isOne();
      assertThat(readers.next[7]).as("far ahead").isOne();
      assertThat(readers.next[5]).as("near, by its share").isOne();
    }
  }

  // It waited for a key, and all others went on.
  @Test
  void who_is_far_behind_goes_on_beside_the_others_and_blocks_are_read_once_by_each_group()
      throws Exception {
    var read = new AtomicLong();
    try (var log = open(new CountedFiles(new MemoryFiles(), read), 8 * MIB)) {
      fill(log, 15 * MIB, new Random(SEED));
      var readers = new Readers(log, WINDOW, READ_BYTES);
      readers.waitsAt[4] = 0;
      while (readers.anyCanTake()) {
        readers.round();
      }
      readers.waitsAt[4] = Long.MAX_VALUE;
      fill(log, 15 * MIB, new Random(SEED + 1));
      read.set(0);
      while (readers.anyCanTake()) {
        long least = readers.next[4] + (readers.canTake(4) ? 1 : 0);
        assertThat(readers.round()).isPositive();
        assertThat(readers.next[4]).isGreaterThanOrEqualTo(least);
      }
      double times = (double) read.get() / (30 * MIB);
      System.out.printf("30 MiB, one behind: each byte read %.2f times%n", times);
      assertThat(times).as("15 MiB of the others, and 30 of its own").isLessThan(1.6);
    }
  }
}
