package io.telltale.lake.trace;

import io.telltale.lake.OffsetRange;
import io.telltale.lake.write.Lineage;
import io.telltale.lake.write.RowSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.roaringbitmap.RoaringBitmap;

/** One minute aggregate that a traced question read, with all that is behind it. */
public record MatchedMinute(
    Name name, long count, RoaringBitmap contributors, List<OffsetRange> ranges) {
  private static final List<String> KEY =
      List.of("scope", "site", "device_type", "metric", "unit", "\"minute\"");

  /** Which it is. */
  public record Name(
      String scope, String site, String deviceType, String metric, String unit, long micros) {}

  /** Every revision that the minutes of {@code rowsSql} need; no more than so many minutes. */
  public static String sql(String rowsSql, int minutesMax) {
    // What lies before a revision that needs none before it is in that one as well.
    return """
    WITH asked AS MATERIALIZED (SELECT %1$s, "count" FROM (%2$s) LIMIT %3$d),
    behind AS (SELECT %1$s, revision, contributors, offsets
      FROM minute_revisions SEMI JOIN asked USING (%1$s)
      QUALIFY revision >= coalesce(max(revision) FILTER (WHERE NOT starts_with(offsets, '%4$s'))
        OVER (PARTITION BY %1$s), 0))
    SELECT scope, site, device_type, metric, unit, epoch_us("minute"), "count", contributors,
      offsets
    FROM asked JOIN behind USING (%1$s)\
    """
        .formatted(String.join(", ", KEY), rowsSql, minutesMax, Lineage.SINCE);
  }

  /** Reads what {@link #sql} gives. */
  public static List<MatchedMinute> readAll(List<RowSource.Row> rows) {
    var all = new LinkedHashMap<Name, Parts>();
    for (RowSource.Row row : rows) {
      var name =
          new Name(row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), row.whole(5));
      Parts parts = all.computeIfAbsent(name, _ -> new Parts(row.whole(6)));
      parts.contributors.or(Lineage.contributors(row.bytes(7)));
      parts.ranges.addAll(Lineage.ranges(Lineage.Offsets.of(row.text(8)).ranges()));
    }
    var minutes = new ArrayList<MatchedMinute>(all.size());
    all.forEach((name, parts) -> minutes.add(parts.of(name)));
    return minutes;
  }

  private static final class Parts {
    private final long count;
    private final RoaringBitmap contributors = new RoaringBitmap();
    private final List<OffsetRange> ranges = new ArrayList<>();

    Parts(long count) {
      this.count = count;
    }

    MatchedMinute of(Name name) {
      return new MatchedMinute(name, count, contributors, Lineage.joined(ranges));
    }
  }
}
