package io.telltale.lake;

import io.telltale.kernel.Bytes;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Blob;
import java.sql.Date;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes rows out of DuckDB as plain values, up to the limits. */
final class ResultReader {
  private final QueryLimits limits;
  private final List<QueryResult.Column> columns = new ArrayList<>();
  private final List<List<@Nullable Object>> rows = new ArrayList<>();
  private boolean truncated;

  ResultReader(QueryLimits limits) {
    this.limits = limits;
  }

  ResultReader read(ResultSet from) throws SQLException {
    ResultSetMetaData about = from.getMetaData();
    for (int i = 1; i <= about.getColumnCount(); i++) {
      columns.add(new QueryResult.Column(about.getColumnLabel(i), about.getColumnTypeName(i)));
    }
    var measure = new ResultHash(columns);
    while (from.next()) {
      var row = new ArrayList<@Nullable Object>(columns.size());
      for (int i = 1; i <= columns.size(); i++) {
        row.add(plain(from.getObject(i)));
      }
      measure.add(row);
      if (rows.size() == limits.rowsMax() || measure.bytes() > limits.bytesMax()) {
        truncated = true;
        break;
      }
      rows.add(Collections.unmodifiableList(row));
    }
    return this;
  }

  QueryResult result(String queryId, List<String> tables, int filesRead) {
    var hash = new ResultHash(columns);
    rows.forEach(hash::add);
    return new QueryResult(
        queryId, columns, rows, hash.finish(rows.size()), truncated, tables, filesRead);
  }

  private static @Nullable Object plain(@Nullable Object value) throws SQLException {
    return switch (value) {
      case null -> null;
      case Boolean truth -> truth;
      case Byte number -> number.longValue();
      case Short number -> number.longValue();
      case Integer number -> number.longValue();
      case Long number -> number;
      case BigInteger number when number.bitLength() < Long.SIZE -> number.longValueExact();
      case BigInteger number -> new BigDecimal(number);
      case BigDecimal number -> number;
      case Float number -> number.doubleValue();
      case Double number -> number;
      case OffsetDateTime time -> time.toInstant();
      case Timestamp time -> time.toLocalDateTime().toString();
      case LocalDate date -> date;
      case Date date -> date.toLocalDate();
      case Blob blob -> Bytes.adopt(blob.getBytes(1, Math.toIntExact(blob.length())));
      case byte[] bytes -> Bytes.adopt(bytes);
      default -> value.toString();
    };
  }
}
