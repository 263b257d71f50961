package io.telltale.pipeline.minutes;

import io.telltale.log.RecordLog;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Which records went into an aggregate since some moment, exactly. */
public final class OffsetRanges {
  // A semicolon, the partition, a colon.
  private static final int PLACE_CHARS = 4;

  private final long[][] bounds = new long[RecordLog.PARTITIONS][];
  private final int[] counts = new int[RecordLog.PARTITIONS];

  /** In order they come but for those that were set aside; none comes twice. */
  public void add(int partition, long offset) {
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

  /**
   * {@code partition:from-to[,from-to…];…}, one text after the other, none of more than {@code
   * charsMax}, which one range always is within; at least one.
   */
  public List<String> texts(int charsMax) {
    var texts = new ArrayList<String>();
    var text = new StringBuilder();
    for (int partition = 0; partition < counts.length; partition++) {
      boolean told = false;
      for (int i = 0; i < counts[partition]; i += 2) {
        String range = bounds[partition][i] + "-" + bounds[partition][i + 1];
        if (text.length() + range.length() + PLACE_CHARS > charsMax) {
          texts.add(text.toString());
          text.setLength(0);
          told = false;
        }
        if (told) {
          text.append(',');
        } else {
          text.append(text.isEmpty() ? "" : ";").append(partition).append(':');
        }
        told = true;
        text.append(range);
      }
    }
    texts.add(text.toString());
    return texts;
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
