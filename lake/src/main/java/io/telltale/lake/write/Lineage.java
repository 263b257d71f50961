package io.telltale.lake.write;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.lake.OffsetRange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.roaringbitmap.RoaringBitmap;

/** Which devices and records are behind an aggregate, as rows of the minutes' files have it. */
public final class Lineage {
  /** What offsets begin with where revisions before are needed; then come those and a semicolon. */
  public static final String SINCE = ">";

  private static final Comparator<OffsetRange> ASCENDING =
      Comparator.comparingInt(OffsetRange::partition).thenComparingLong(OffsetRange::from);

  private Lineage() {}

  /** A column {@code offsets} in two. */
  public record Offsets(int since, String ranges) {
    public static Offsets of(String stored) {
      if (!stored.startsWith(SINCE)) {
        return new Offsets(0, stored);
      }
      int end = stored.indexOf(';');
      try {
        int since = Integer.parseInt(stored.substring(SINCE.length(), end));
        return new Offsets(since, stored.substring(end + 1));
      } catch (IndexOutOfBoundsException | NumberFormatException e) {
        throw new CorruptException("offsets of an aggregate that cannot be read", e);
      }
    }

    String stored() {
      return since == 0 ? ranges : SINCE + since + ";" + ranges;
    }
  }

  /** RoaringBitmap's portable format; nothing for nobody. */
  static byte[] stored(RoaringBitmap numbers) {
    if (numbers.isEmpty()) {
      return new byte[0];
    }
    RoaringBitmap compact = numbers.clone();
    compact.runOptimize();
    ByteBuffer out = ByteBuffer.allocate(compact.serializedSizeInBytes());
    compact.serialize(out);
    return out.array();
  }

  public static RoaringBitmap contributors(Bytes stored) {
    var bitmap = new RoaringBitmap();
    if (stored.size() == 0) {
      return bitmap;
    }
    try {
      bitmap.deserialize(ByteBuffer.wrap(stored.borrow()));
    } catch (IOException | RuntimeException e) {
      throw new CorruptException("a contributor set that cannot be read", e);
    }
    return bitmap;
  }

  /** {@code partition:from-to[,from-to…];…}, where a single offset may stand for its range. */
  public static List<OffsetRange> ranges(String text) {
    var ranges = new ArrayList<OffsetRange>();
    try {
      for (String perPartition : text.split(";", -1)) {
        if (perPartition.isEmpty()) {
          continue;
        }
        int colon = perPartition.indexOf(':');
        int partition = Integer.parseInt(perPartition.substring(0, colon));
        for (String range : perPartition.substring(colon + 1).split(",", -1)) {
          int dash = range.indexOf('-');
          long from = Long.parseLong(dash < 0 ? range : range.substring(0, dash));
          long to = dash < 0 ? from : Long.parseLong(range.substring(dash + 1));
          ranges.add(new OffsetRange(partition, from, to));
        }
      }
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new CorruptException("offsets of an aggregate that cannot be read", e);
    }
    return ranges;
  }

  /** All of them in order, each record in one range, none touching the next. */
  public static List<OffsetRange> joined(List<OffsetRange> ranges) {
    List<OffsetRange> sorted = ranges.stream().sorted(ASCENDING).toList();
    var joined = new ArrayList<OffsetRange>();
    for (OffsetRange next : sorted) {
      OffsetRange last = joined.isEmpty() ? null : joined.getLast();
      if (last != null && last.partition() == next.partition() && next.from() <= last.to() + 1) {
        long to = Math.max(last.to(), next.to());
        joined.set(joined.size() - 1, new OffsetRange(last.partition(), last.from(), to));
      } else {
        joined.add(next);
      }
    }
    return joined;
  }

  /** As {@link #ranges} reads it; {@code joined} is in order. */
  public static String text(List<OffsetRange> joined) {
    var text = new StringBuilder();
    int partition = -1;
    for (OffsetRange range : joined) {
      if (range.partition() == partition) {
        text.append(',');
      } else {
        partition = range.partition();
        text.append(text.isEmpty() ? "" : ";").append(partition).append(':');
      }
      text.append(range.from()).append('-').append(range.to());
    }
    return text.toString();
  }
}
