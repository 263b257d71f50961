package io.telltale.pipeline;

import io.telltale.kernel.CorruptException;
import io.telltale.log.RecordLog;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

/** Which records went into an aggregate, exactly. */
final class OffsetRanges {
  private final long[][] bounds = new long[RecordLog.PARTITIONS][];
  private final int[] counts = new int[RecordLog.PARTITIONS];

  /** In order they come but for those that were set aside; none comes twice. */
  void add(int partition, long offset) {
    int at = counts[partition];
    while (at > 0 && bounds[partition][at - 2] > offset) {
      at -= 2;
    }
    boolean follows = at > 0 && bounds[partition][at - 1] == offset - 1;
    boolean meets = at < counts[partition] && bounds[partition][at] == offset + 1;
    if (follows && meets) {
      bounds[partition][at - 1] = bounds[partition][at + 1];
      System.arraycopy(
          bounds[partition], at + 2, bounds[partition], at, counts[partition] - at - 2);
      counts[partition] -= 2;
    } else if (follows) {
      bounds[partition][at - 1] = offset;
    } else if (meets) {
      bounds[partition][at] = offset;
    } else {
      insert(partition, at, offset);
    }
  }

  private void insert(int partition, int at, long offset) {
    int count = counts[partition];
    long[] known = bounds[partition];
    if (known == null) {
      known = new long[4];
    } else if (count == known.length) {
      known = Arrays.copyOf(known, count * 2);
    }
    System.arraycopy(known, at, known, at + 2, count - at);
    known[at] = offset;
    known[at + 1] = offset;
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

  /** Reads {@link #text}. */
  static OffsetRanges parse(String text) {
    var ranges = new OffsetRanges();
    try {
      for (String part : text.isEmpty() ? new String[0] : text.split(";", -1)) {
        int colon = part.indexOf(':');
        int partition = Integer.parseInt(part.substring(0, colon));
        String[] spans = part.substring(colon + 1).split(",", -1);
        long[] bounds = new long[Math.max(4, 2 * spans.length)];
        for (int i = 0; i < spans.length; i++) {
          int dash = spans[i].indexOf('-');
          bounds[2 * i] = Long.parseLong(spans[i].substring(0, dash));
          bounds[2 * i + 1] = Long.parseLong(spans[i].substring(dash + 1));
        }
        ranges.bounds[partition] = bounds;
        ranges.counts[partition] = 2 * spans.length;
      }
      return ranges;
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      throw new CorruptException("offsets of an aggregate that cannot be read", e);
    }
  }

  /** In few bytes, since all of it is stored again whenever the aggregate changes. */
  void write(DataOutputStream out) throws IOException {
    for (int partition = 0; partition < counts.length; partition++) {
      writeNumber(out, counts[partition]);
      long before = 0;
      for (int i = 0; i < counts[partition]; i++) {
        writeNumber(out, bounds[partition][i] - before);
        before = bounds[partition][i];
      }
    }
  }

  private static void writeNumber(DataOutputStream out, long number) throws IOException {
    long rest = number;
    while (rest > 0x7f) {
      out.writeByte((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.writeByte((int) rest);
  }

  private static long readNumber(DataInputStream in) throws IOException {
    long number = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      int part = in.readUnsignedByte();
      number |= (long) (part & 0x7f) << shift;
      if (part <= 0x7f) {
        return number;
      }
    }
    throw new IOException("a number of more than 64 bits");
  }

  static OffsetRanges read(DataInputStream in) throws IOException {
    var ranges = new OffsetRanges();
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      long bounds = readNumber(in);
      if (bounds < 0 || bounds > in.available()) {
        throw new IOException("more ranges than bytes");
      }
      int count = (int) bounds;
      ranges.counts[partition] = count;
      ranges.bounds[partition] = new long[Math.max(4, count)];
      long before = 0;
      for (int i = 0; i < count; i++) {
        before += readNumber(in);
        ranges.bounds[partition][i] = before;
      }
    }
    return ranges;
  }
}
