package io.telltale.engine;

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

/** Takes rows out of DuckDB as plain values. */
public final class ResultReader {
  private final ResultSet from;
  private final List<ResultColumn> columns = new ArrayList<>();

  public ResultReader(ResultSet from) throws SQLException {
    this.from = from;
    ResultSetMetaData about = from.getMetaData();
    for (int i = 1; i <= about.getColumnCount(); i++) {
      columns.add(new ResultColumn(about.getColumnLabel(i), about.getColumnTypeName(i)));
    }
  }

  List<ResultColumn> columns() {
    return columns;
  }

  /** The next row; null after the last. */
  public @Nullable List<@Nullable Object> next() throws SQLException {
    if (!from.next()) {
      return null;
    }
    var row = new ArrayList<@Nullable Object>(columns.size());
    for (int i = 1; i <= columns.size(); i++) {
      row.add(plain(from.getObject(i)));
    }
    return Collections.unmodifiableList(row);
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
