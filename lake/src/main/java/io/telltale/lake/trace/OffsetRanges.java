package io.telltale.lake.trace;

import io.telltale.lake.OffsetRange;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Wanted records as a table to join. */
final class OffsetRanges {
  static final String SEALED =
      """
      SELECT s."partition", s.records
      FROM readings_sealed s SEMI JOIN wanted w ON s."partition" = w."partition"
        AND s.last >= w.least AND s.first <= w.most\
      """;

  private OffsetRanges() {}

  /** Where {@code ranges} begin and end in one partition, joined where they overlap. */
  static NavigableMap<Long, Long> of(List<OffsetRange> ranges, int partition) {
    var spans = new TreeMap<Long, Long>();
    ranges.stream()
        .filter(range -> range.partition() == partition)
        .sorted(Comparator.comparingLong(OffsetRange::from))
        .forEach(
            range -> {
              Map.Entry<Long, Long> before = spans.lastEntry();
              if (before != null && before.getValue() >= range.from()) {
                spans.put(before.getKey(), Math.max(before.getValue(), range.to()));
              } else {
                spans.put(range.from(), range.to());
              }
            });
    return spans;
  }

  static boolean hold(NavigableMap<Long, Long> spans, long offset) {
    Map.Entry<Long, Long> at = spans.floorEntry(offset);
    return at != null && offset <= at.getValue();
  }

  /** What a worker runs before it is locked, to join by {@link #SEALED}. */
  static String staging(List<OffsetRange> ranges) {
    var lines = new StringBuilder();
    for (OffsetRange range : ranges) {
      lines.append(range.partition()).append(',').append(range.from()).append(',');
      lines.append(range.to()).append(';');
    }
    return """
    CREATE TABLE wanted AS SELECT f[1]::INTEGER AS "partition", f[2]::BIGINT AS least,
      f[3]::BIGINT AS most FROM (%s)\
    """
        .formatted(Contributions.LINES.formatted(lines));
  }
}
