package io.telltale.logembedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.log.RecordLog;
import io.telltale.log.RecordLog.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All partitions are read from one look at the disk, and are what was appended. */
class RecentBlocksTest {
  @TempDir Path folder;

  /** Counts what is read. */
  private static final class Counted implements SegmentFile {
    private final byte[] bytes;
    private int end;
    private long read;

    Counted(byte[] bytes, int end) {
      this.bytes = bytes;
      this.end = end;
    }

    @Override
    public long size() {
      return end;
    }

    @Override
    public void write(long position, ByteBuffer from) {
      throw new AssertionError("a reader writes nothing");
    }

    @Override
    public void read(long position, ByteBuffer into) {
      int count = Math.min(into.remaining(), end - (int) position);
      into.put(bytes, (int) position, count);
      read += count;
    }

    @Override
    public void force() {}

    @Override
    public void truncate(long size) {
      throw new AssertionError("a reader cuts nothing");
    }

    @Override
    public void close() {}
  }

  private static byte[] toArray(ByteBuffer part) {
    byte[] bytes = new byte[part.remaining()];
    part.get(bytes);
    return bytes;
  }

  @Test
  void a_byte_is_read_once_while_the_segment_grows_and_views_look_anywhere() throws IOException {
    var random = new Random(7);
    byte[] content = new byte[3 * RecentBlocks.BLOCK_BYTES + 1_000];
    random.nextBytes(content);
    var recent = new RecentBlocks();
    var file = new Counted(content, 0);
    while (file.end < content.length) {
      file.end = Math.min(content.length, file.end + 1 + random.nextInt(90_000));
      RecentBlocks.View view = recent.new View(file, 1, file.end);
      for (int look = 0; look < 200; look++) {
        int at = random.nextInt(file.end);
        int wanted = random.nextInt(300_000);
        int count = Math.min(wanted, file.end - at);
        byte[] expected = java.util.Arrays.copyOfRange(content, at, at + count);
        assertThat(toArray(view.at(at, wanted))).isEqualTo(expected);
      }
    }
    assertThat(file.read).isLessThanOrEqualTo(content.length);
    RecentBlocks.View view = recent.new View(file, 1, content.length);
    assertThat(toArray(view.at(content.length, 10))).isEmpty();
    assertThat(toArray(view.at(content.length + 10, 10))).isEmpty();
  }

  @Test
  void what_was_read_damaged_is_looked_at_again() throws Exception {
    Path segment = folder.resolve("0000000001.seg");
    try (var log = EmbeddedLog.open(EmbeddedLogConfig.in(folder))) {
      log.append(List.of(new Entry(3, Bytes.utf8("a record")))).get();
      byte[] good = Files.readAllBytes(segment);
      byte[] bad = good.clone();
      bad[bad.length - 1] ^= 1;
      Files.write(segment, bad);
      Assertions.assertThatThrownBy(() -> log.read(3, 0, 1_000))
          .isInstanceOf(CorruptException.class);
      Files.write(segment, good);
      assertThat(log.read(3, 0, 1_000).getFirst().body()).isEqualTo(Bytes.utf8("a record"));
    }
  }

  @Test
  void partitions_read_by_turns_are_what_was_appended() throws Exception {
    var random = new Random(11);
    try (var log = EmbeddedLog.open(EmbeddedLogConfig.in(folder).withSegmentBytes(2_000_000))) {
      var expected = new ArrayList<List<Bytes>>();
      for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
        expected.add(new ArrayList<>());
      }
      long[] read = new long[RecordLog.PARTITIONS];
      for (int round = 0; round < 60; round++) {
        var batch = new ArrayList<Entry>();
        for (int i = 0; i < 150; i++) {
          int partition = random.nextInt(RecordLog.PARTITIONS);
          byte[] body = new byte[1 + random.nextInt(2_000)];
          random.nextBytes(body);
          batch.add(new Entry(partition, Bytes.adopt(body)));
          expected.get(partition).add(Bytes.adopt(body));
        }
        log.append(batch).get();
        for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
          for (RecordLog.Stored one : log.read(partition, read[partition], 1 << 20)) {
            assertThat(one.body()).isEqualTo(expected.get(partition).get((int) read[partition]));
            read[partition]++;
          }
          assertThat(read[partition]).isEqualTo(expected.get(partition).size());
        }
      }
    }
  }
}
