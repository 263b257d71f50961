package io.telltale.lake;

import io.telltale.kernel.UnavailableException;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.duckdb.DuckDBAppender;

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

  static void stage(DuckSession session, List<OffsetRange> ranges) {
    session.run("CREATE TABLE wanted (\"partition\" INTEGER, least BIGINT, most BIGINT)");
    try (DuckDBAppender out = session.connection().createAppender("wanted")) {
      for (OffsetRange range : ranges) {
        out.beginRow().append(range.partition()).append(range.from()).append(range.to()).endRow();
      }
    } catch (SQLException e) {
      throw new UnavailableException("staging wanted records", e);
    }
  }
}
