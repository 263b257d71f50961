package io.telltale.lake;

import io.telltale.kernel.UnavailableException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.duckdb.DuckDBAppender;
import org.roaringbitmap.RoaringBitmap;

/**
 * The rows behind a number, summed up where those rows are.
 *
 * @param devices their numbers
 */
record Contributions(
    long rows,
    long records,
    List<OffsetRange> ranges,
    List<TraceReport.Source> sources,
    RoaringBitmap devices) {
  private static final String SOURCES =
      """
      SELECT device, device_number, credential, issuer, gateway_chain, firmware_claimed,
        attestation, assurance, "schema", door, steps, suspect, count(*),
        epoch_us(min(event_time)), epoch_us(max(event_time))
      FROM ($rows) GROUP BY ALL ORDER BY device_number, 14\
      """;

  /** Offsets as bits of blocks: a quarter of what sorting them costs. */
  private static final String BLOCKS =
      """
      SELECT "partition", record_offset // 32 AS block,
        bit_or(1::BIGINT << (record_offset % 32)::INTEGER)
      FROM ($rows) GROUP BY ALL ORDER BY 1, 2\
      """;

  /** {@code rowsSql} selects readings and is our own or has passed the gate. */
  static Contributions of(RowSource source, String rowsSql) throws QuestionFailed {
    var sources = new ArrayList<TraceReport.Source>();
    var devices = new RoaringBitmap();
    long rows = 0;
    for (RowSource.Row row : source.rows(SOURCES.replace("$rows", rowsSql))) {
      TraceReport.Source found = source(row);
      sources.add(found);
      devices.add(found.deviceNumber());
      rows += found.rows();
    }
    var ranges = new RangeBuilder();
    for (RowSource.Row row : source.rows(BLOCKS.replace("$rows", rowsSql))) {
      ranges.addBlock(row.small(0), row.whole(1) * Integer.SIZE, row.whole(2));
    }
    return new Contributions(rows, ranges.records(), ranges.build(), sources, devices);
  }

  private static TraceReport.Source source(RowSource.Row row) {
    return new TraceReport.Source(
        row.text(0),
        row.small(1),
        row.text(2),
        row.text(3),
        row.text(4),
        row.text(5),
        row.text(6),
        row.text(7),
        row.text(8),
        row.text(9),
        row.text(10),
        row.flag(11),
        row.whole(12),
        instant(row.whole(13)),
        instant(row.whole(14)));
  }

  Optional<Instant> from() {
    return sources.stream().map(TraceReport.Source::from).min(Instant::compareTo);
  }

  Optional<Instant> to() {
    return sources.stream().map(TraceReport.Source::to).max(Instant::compareTo);
  }

  /** Makes {@code matched} a table that {@link #OF_MINUTES} joins. */
  static void stage(DuckSession session, List<MatchedMinute> matched) {
    session.run(
        """
        CREATE TABLE matched (scope VARCHAR, site VARCHAR, device_type VARCHAR, metric VARCHAR,
          unit VARCHAR, minute_us BIGINT, "partition" INTEGER, least BIGINT, most BIGINT)\
        """);
    try (DuckDBAppender out = session.connection().createAppender("matched")) {
      for (MatchedMinute minute : matched) {
        for (OffsetRange range : minute.ranges()) {
          out.beginRow()
              .append(minute.scope())
              .append(minute.site())
              .append(minute.deviceType())
              .append(minute.metric())
              .append(minute.unit())
              .append(minute.minuteMicros())
              .append(range.partition())
              .append(range.from())
              .append(range.to())
              .endRow();
        }
      }
    } catch (SQLException e) {
      throw new UnavailableException("staging minutes to be traced", e);
    }
  }

  /** The readings that the staged minutes are made of. */
  static final String OF_MINUTES =
      """
      SELECT r.* FROM readings r SEMI JOIN matched m ON r.scope = m.scope AND r.site = m.site
        AND r.device_type = m.device_type AND r.metric = m.metric AND r.unit = m.unit
        AND epoch_us(date_trunc('minute', r.event_time)) = m.minute_us
        AND r."partition" = m."partition" AND r.record_offset >= m.least
        AND r.record_offset <= m.most
      WHERE r.value IS NOT NULL\
      """;

  private static Instant instant(long micros) {
    return Instant.EPOCH.plusNanos(Math.multiplyExact(micros, 1_000L));
  }
}
