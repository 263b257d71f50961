package io.telltale.server.operations;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.log.RecordLog;
import io.telltale.server.operations.LogSample.Block;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A busy server's hour has more entries than a dry run can judge. */
class LogSampleTest {
  private static final long EACH = 200_000;
  private static final Bytes RECORD = Bytes.ofHex("d000");
  private static final Bytes ANNOUNCEMENT = Bytes.ofHex("d200");
  private static final int ANNOUNCED_EVERY = 50_000;

  /** So many in each partition, from 1,000 on. */
  private record LongLog(long each) implements RecordLog {
    @Override
    public List<Stored> read(int partition, long offset, int bytesMax, long positionMax) {
      var found = new ArrayList<Stored>();
      long first = Math.max(offset, start(partition));
      for (long at = first; at < Math.min(first + 700, end(partition)); at++) {
        Bytes body = at % ANNOUNCED_EVERY == 0 ? ANNOUNCEMENT : RECORD;
        found.add(new Stored(partition, at, body));
      }
      return found;
    }

    @Override
    public long position(int partition, long offset) {
      return 0;
    }

    @Override
    public long start(int partition) {
      return 1_000;
    }

    @Override
    public long end(int partition) {
      return 1_000 + each;
    }

    @Override
    public CompletableFuture<long[]> append(List<Entry> entries) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean await(int partition, long offset, Duration wait) {
      return false;
    }

    @Override
    public void dropBefore(long[] offsets) {}

    @Override
    public boolean available() {
      return true;
    }

    @Override
    public String trouble() {
      return "";
    }

    @Override
    public void close() {}
  }

  private static LogSample sample(long each) {
    var sample = new LogSample(new LongLog(each));
    sample.search(() -> true);
    return sample;
  }

  @Test
  void a_log_that_is_short_enough_is_read_whole_and_each_entry_once() {
    LogSample sample = sample(1_300);
    assertThat(sample.stride(65_536)).isEqualTo(1);
    var offsets = new ArrayList<Long>();
    for (Block block : sample.blocks(3, 1, 0)) {
      sample.read(3, block.from(), block.to()).forEach(entry -> offsets.add(entry.offset()));
      sample.looked(block);
    }
    assertThat(offsets).hasSize(1_300).isSorted().doesNotHaveDuplicates();
    assertThat(sample.seen()).isEqualTo(1_300);
    assertThat(sample.entries()).isEqualTo(16 * 1_300);
  }

  // It was read from the oldest on, until the time was over.
  @Test
  void of_a_longer_one_blocks_from_all_of_it_are_looked_at() {
    LogSample sample = sample(EACH);
    long stride = sample.stride(65_536);
    long[] inTenth = new long[10];
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      for (Block block : sample.blocks(partition, stride, 0)) {
        inTenth[(int) ((block.from() - 1_000) * 10 / EACH)] += block.to() - block.from();
        sample.looked(block);
      }
    }
    assertThat(sample.seen()).isBetween(60_000L, 75_000L);
    for (long entries : inTenth) {
      assertThat(entries).isBetween(sample.seen() / 12, sample.seen() / 8);
    }
  }

  @Test
  void what_is_looked_at_later_is_none_of_what_was_before() {
    LogSample sample = sample(EACH);
    var ages = new HashSet<Long>();
    sample.blocks(7, 48, 0).forEach(block -> ages.add(block.age()));
    List<Block> later = sample.blocks(7, 1, 48);
    assertThat(later).allSatisfy(block -> assertThat(ages).doesNotContain(block.age()));
    later.forEach(block -> ages.add(block.age()));
    assertThat(ages).hasSize((int) (EACH + LogSample.BLOCK - 1) / LogSample.BLOCK);
  }

  @Test
  void leases_are_found_wherever_they_were_announced() {
    assertThat(sample(EACH).announcements(2, 0, 200_000))
        .containsExactly(50_000L, 100_000L, 150_000L);
  }

  @Test
  void without_time_for_all_the_newest_of_every_partition_is_known() {
    var sample = new LogSample(new LongLog(EACH));
    int[] left = {RecordLog.PARTITIONS * 10};
    sample.search(() -> left[0]-- > 0);
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      List<Block> blocks = sample.blocks(partition, 1, 0);
      assertThat(blocks.getLast().to()).isEqualTo(1_000 + EACH);
      assertThat(blocks.getFirst().from()).isBetween(EACH - 25_000, EACH - 15_000);
    }
    assertThat(sample.entries()).as("what is not looked at counts").isEqualTo(16 * EACH);
  }

  @Test
  void what_is_too_old_is_neither_looked_at_nor_counted() {
    LogSample sample = sample(EACH);
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      sample.looked(sample.blocks(partition, 1, 0).getFirst());
      sample.tooOldBefore(partition, 1_000 + EACH - 2_000);
    }
    assertThat(sample.entries()).isEqualTo(16 * 2_000);
    assertThat(sample.seen()).isZero();
    assertThat(sample.stride(65_536)).isEqualTo(1);
  }
}
