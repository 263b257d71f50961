package io.telltale.lake;

import io.telltale.kernel.UnavailableException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.duckdb.DuckDBAppender;
import org.roaringbitmap.RoaringBitmap;

/**
 * The rows behind a number, summed up within one sandbox.
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
  static Contributions of(Connection connection, String rowsSql) throws SQLException {
    var sources = new ArrayList<TraceReport.Source>();
    var devices = new RoaringBitmap();
    long rows = 0;
    try (Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery(SOURCES.replace("$rows", rowsSql))) {
      while (found.next()) {
        TraceReport.Source source = source(found);
        sources.add(source);
        devices.add(source.deviceNumber());
        rows += source.rows();
      }
    }
    var ranges = new RangeBuilder();
    try (Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery(BLOCKS.replace("$rows", rowsSql))) {
      while (found.next()) {
        ranges.addBlock(found.getInt(1), found.getLong(2) * Integer.SIZE, found.getLong(3));
      }
    }
    return new Contributions(rows, ranges.records(), ranges.build(), sources, devices);
  }

  private static TraceReport.Source source(ResultSet row) throws SQLException {
    return new TraceReport.Source(
        row.getString(1),
        row.getInt(2),
        row.getString(3),
        row.getString(4),
        row.getString(5),
        row.getString(6),
        row.getString(7),
        row.getString(8),
        row.getString(9),
        row.getString(10),
        row.getString(11),
        row.getBoolean(12),
        row.getLong(13),
        instant(row.getLong(14)),
        instant(row.getLong(15)));
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
