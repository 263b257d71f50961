package io.telltale.logembedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.log.RecordLog.Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The bytes that {@code docs/format/log-segment.md} shows are the bytes that are written. */
class SegmentVectorTest {
  @Test
  void writes_the_segment_of_the_specification() throws Exception {
    var files = new MemoryFiles();
    var config = EmbeddedLogConfig.in(Path.of("unused")).withFreeBytes(() -> Long.MAX_VALUE);
    try (var log = EmbeddedLog.open(config, files)) {
      log.append(List.of(new Entry(0, Bytes.utf8("alpha")), new Entry(15, Bytes.utf8("beta"))))
          .get(30, TimeUnit.SECONDS);
      log.append(List.of(new Entry(0, Bytes.utf8("gamma")))).get(30, TimeUnit.SECONDS);
    }
    String specification = Files.readString(Path.of("../docs/format/log-segment.md"));
    String vector = Bytes.adopt(files.bytesOf(SegmentFormat.name(1))).hex();
    assertThat(specification.replaceAll("\\s", "")).as(vector).contains(vector);
  }
}
