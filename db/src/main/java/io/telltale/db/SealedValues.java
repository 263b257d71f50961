package io.telltale.db;

import io.telltale.crypto.CborWriter;
import io.telltale.kernel.Bytes;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the values of rows are encoded for tags, one way for each, in any kind of database. */
public final class SealedValues {
  private static final int SHOWN_MAX = 60;

  private SealedValues() {}

  /** Columns {@code from} to {@code from + count - 1} of the current row, as an array. */
  static Bytes columns(ResultSet row, int from, int count) throws SQLException {
    CborWriter out = new CborWriter(256).array(count);
    for (int column = from; column < from + count; column++) {
      write(out, row.getObject(column));
    }
    return out.toBytes();
  }

  public static Bytes array(List<@Nullable Object> values) {
    CborWriter out = new CborWriter(256).array(values.size());
    values.forEach(value -> write(out, value));
    return out.toBytes();
  }

  static Bytes one(Object value) {
    CborWriter out = new CborWriter(48);
    write(out, value);
    return out.toBytes();
  }

  private static void write(CborWriter out, @Nullable Object value) {
    switch (value) {
      case null -> out.nothing();
      case byte[] bytes -> out.bytes(bytes);
      case String text -> out.text(text);
      case Double real -> out.array(1).integer(Double.doubleToLongBits(real));
      case Number number -> out.integer(number.longValue());
      default -> throw new IllegalStateException("no column holds a " + value.getClass());
    }
  }

  /** Binds a key as the row has it. */
  static void bind(PreparedStatement statement, int index, Object key) throws SQLException {
    switch (key) {
      case byte[] bytes -> statement.setBytes(index, bytes);
      case String text -> statement.setString(index, text);
      case Number number -> statement.setLong(index, number.longValue());
      default -> throw new IllegalStateException("no key is a " + key.getClass());
    }
  }

  /** For messages: names rows as a person would look for them. */
  static String shown(@Nullable Object key) {
    return switch (key) {
      case null -> "null";
      case byte[] bytes -> shortened(named(bytes));
      default -> shortened(String.valueOf(key));
    };
  }

  // A key of several columns is bytes, too: its texts are what a person knows it by.
  private static String named(byte[] key) {
    String text = new String(key, StandardCharsets.UTF_8).replaceAll("[^!-~]+", " ").strip();
    return text.length() * 2 > key.length ? text : "x'" + HexFormat.of().formatHex(key) + "'";
  }

  private static String shortened(String text) {
    return text.length() <= SHOWN_MAX ? text : text.substring(0, SHOWN_MAX) + "…";
  }
}
