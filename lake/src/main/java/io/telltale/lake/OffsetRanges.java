package io.telltale.lake;

import io.telltale.kernel.UnavailableException;
import java.sql.SQLException;
import java.util.List;
import org.duckdb.DuckDBAppender;

/** Wanted records as a table to join. */
final class OffsetRanges {
  static final String SEALED =
      """
      SELECT s."partition", s.record_offset, s.origin, s.origin_salt, s.payload, s.payload_salt
      FROM readings_sealed s SEMI JOIN wanted w ON s."partition" = w."partition"
        AND s.record_offset >= w.least AND s.record_offset <= w.most
      ORDER BY 1, 2\
      """;

  private OffsetRanges() {}

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
