package io.telltale.pipeline;

import io.telltale.log.RecordLog;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

/** Which records went into an aggregate, exactly; each partition's come in order. */
final class OffsetRanges {
  private final long[][] bounds = new long[RecordLog.PARTITIONS][];
  private final int[] counts = new int[RecordLog.PARTITIONS];

  void add(int partition, long offset) {
    long[] known = bounds[partition];
    int count = counts[partition];
    if (count > 0 && known[count - 1] == offset - 1) {
      known[count - 1] = offset;
      return;
    }
    if (known == null) {
      known = new long[4];
    } else if (count == known.length) {
      known = Arrays.copyOf(known, count * 2);
    }
    known[count] = offset;
    known[count + 1] = offset;
    bounds[partition] = known;
    counts[partition] = count + 2;
  }

  /** {@code partition:from-to[,from-to…];…} */
  String text() {
    var text = new StringBuilder();
    for (int partition = 0; partition < counts.length; partition++) {
      if (counts[partition] == 0) {
        continue;
      }
      text.append(text.isEmpty() ? "" : ";").append(partition).append(':');
      for (int i = 0; i < counts[partition]; i += 2) {
        text.append(i == 0 ? "" : ",").append(bounds[partition][i]);
        text.append('-').append(bounds[partition][i + 1]);
      }
    }
    return text.toString();
  }

  void write(DataOutputStream out) throws IOException {
    for (int partition = 0; partition < counts.length; partition++) {
      out.writeInt(counts[partition]);
      for (int i = 0; i < counts[partition]; i++) {
        out.writeLong(bounds[partition][i]);
      }
    }
  }

  static OffsetRanges read(DataInputStream in) throws IOException {
    var ranges = new OffsetRanges();
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      int count = in.readInt();
      if (count < 0 || count > in.available() / Long.BYTES) {
        throw new IOException("more ranges than bytes");
      }
      ranges.counts[partition] = count;
      ranges.bounds[partition] = new long[Math.max(4, count)];
      for (int i = 0; i < count; i++) {
        ranges.bounds[partition][i] = in.readLong();
      }
    }
    return ranges;
  }
}
