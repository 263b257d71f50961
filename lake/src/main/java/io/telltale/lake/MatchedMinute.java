package io.telltale.lake;

import io.telltale.kernel.CorruptException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.roaringbitmap.RoaringBitmap;

/** One minute aggregate that a traced question read. */
record MatchedMinute(
    String scope,
    String site,
    String deviceType,
    String metric,
    String unit,
    long minuteMicros,
    int revision,
    boolean isFinal,
    long count,
    RoaringBitmap contributors,
    List<OffsetRange> ranges) {
  static final String COLUMNS =
      "scope, site, device_type, metric, unit, epoch_us(\"minute\") AS minute_us, revision,"
          + " \"final\", \"count\", contributors, offsets";

  static List<MatchedMinute> readAll(List<RowSource.Row> rows) {
    return rows.stream().map(MatchedMinute::read).toList();
  }

  private static MatchedMinute read(RowSource.Row row) {
    return new MatchedMinute(
        row.text(0),
        row.text(1),
        row.text(2),
        row.text(3),
        row.text(4),
        row.whole(5),
        row.small(6),
        row.flag(7),
        row.whole(8),
        bitmap(row.bytes(9).borrow()),
        ranges(row.text(10)));
  }

  Instant minute() {
    return Instant.EPOCH.plusSeconds(minuteMicros / 1_000_000);
  }

  boolean holds(int partition, long offset) {
    return ranges.stream()
        .anyMatch(
            range ->
                range.partition() == partition && range.from() <= offset && offset <= range.to());
  }

  static RoaringBitmap bitmap(byte[] bytes) {
    var bitmap = new RoaringBitmap();
    try {
      bitmap.deserialize(ByteBuffer.wrap(bytes));
    } catch (IOException | RuntimeException e) {
      throw new CorruptException("a contributor set that cannot be read", e);
    }
    return bitmap;
  }

  /** {@code partition:from-to[,from-to…];…}, where a single offset may stand for its range. */
  static List<OffsetRange> ranges(String text) {
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
}
