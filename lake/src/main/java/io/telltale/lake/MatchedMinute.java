package io.telltale.lake;

import io.telltale.kernel.CorruptException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.ResultSet;
import java.sql.SQLException;
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

  static List<MatchedMinute> readAll(ResultSet rows) throws SQLException {
    var matched = new ArrayList<MatchedMinute>();
    while (rows.next()) {
      matched.add(
          new MatchedMinute(
              rows.getString(1),
              rows.getString(2),
              rows.getString(3),
              rows.getString(4),
              rows.getString(5),
              rows.getLong(6),
              rows.getInt(7),
              rows.getBoolean(8),
              rows.getLong(9),
              bitmap(rows.getBytes(10)),
              ranges(rows.getString(11))));
    }
    return matched;
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

  private static RoaringBitmap bitmap(byte[] bytes) {
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
