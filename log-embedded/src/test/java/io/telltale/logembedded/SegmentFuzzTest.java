package io.telltale.logembedded;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.fakes.RecordLogContract;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.log.RecordLog;
import io.telltale.log.RecordLog.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Whatever lies in a segment or an index, opening either works or says that it is corrupt. */
class SegmentFuzzTest {
  @FuzzTest
  void any_bytes_as_groups(byte[] groups) throws Exception {
    openAnyhow(groups, new byte[0]);
  }

  @Test
  void random_changes_to_good_segments() throws Exception {
    byte[] good = goodGroups();
    for (int seed = 0; seed < 3_000; seed++) {
      var random = new Random(seed);
      byte[] bad = good.clone();
      for (int i = random.nextInt(4); i >= 0; i--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      byte[] index = new byte[random.nextInt(400)];
      random.nextBytes(index);
      openAnyhow(bad, index);
    }
  }

  private static byte[] goodGroups() throws Exception {
    var files = new MemoryFiles();
    try (var log = open(files)) {
      for (int i = 0; i < 5; i++) {
        log.append(List.of(new Entry(i, Bytes.utf8("body " + i)), new Entry(0, Bytes.utf8("x"))))
            .get(30, TimeUnit.SECONDS);
      }
    }
    byte[] all = files.bytesOf(SegmentFormat.name(1));
    return java.util.Arrays.copyOfRange(all, SegmentFormat.HEADER_BYTES, all.length);
  }

  private static EmbeddedLog open(MemoryFiles files) throws IOException {
    return EmbeddedLog.open(
        EmbeddedLogConfig.in(Path.of("unused")).withFreeBytes(() -> Long.MAX_VALUE), files);
  }

  private static void openAnyhow(byte[] groups, byte[] index) throws IOException {
    var files = new MemoryFiles();
    ByteBuffer header = SegmentFormat.header(1, new long[RecordLog.PARTITIONS]);
    byte[] segment = new byte[SegmentFormat.HEADER_BYTES + groups.length];
    header.get(segment, 0, SegmentFormat.HEADER_BYTES);
    System.arraycopy(groups, 0, segment, SegmentFormat.HEADER_BYTES, groups.length);
    files.put(SegmentFormat.name(1), segment);
    files.put(SegmentFormat.indexName(1), index);
    try (var log = open(files)) {
      for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
        assertThat(RecordLogContract.readAll(log, partition, 0, 1_000))
            .hasSize((int) log.end(partition));
      }
    } catch (CorruptException e) {
      assertThat(e).hasMessageContaining("segment");
    }
  }
}
