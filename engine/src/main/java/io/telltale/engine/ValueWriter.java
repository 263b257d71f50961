package io.telltale.engine;

import io.telltale.kernel.Bytes;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Columns and values of an answer in their one encoding ({@code docs/format/query.md}). */
final class ValueWriter {
  static final byte VERSION = 1;
  static final byte NULL = 0;
  static final byte BOOLEAN = 1;
  static final byte INTEGER = 2;
  static final byte DOUBLE = 3;
  static final byte TEXT = 4;
  static final byte BYTES = 5;
  static final byte INSTANT = 6;
  static final byte DATE = 7;
  static final byte DECIMAL = 8;

  private final DataOutputStream out;

  ValueWriter(OutputStream out) {
    this.out = new DataOutputStream(out);
  }

  void columns(List<ResultColumn> columns) throws IOException {
    out.writeByte(VERSION);
    out.writeInt(columns.size());
    for (ResultColumn column : columns) {
      text(column.name());
      text(column.type());
    }
  }

  void row(List<@Nullable Object> row) throws IOException {
    for (@Nullable Object value : row) {
      value(value);
    }
  }

  private void value(@Nullable Object value) throws IOException {
    switch (value) {
      case null -> out.writeByte(NULL);
      case Boolean truth -> {
        out.writeByte(BOOLEAN);
        out.writeByte(truth ? 1 : 0);
      }
      case Long number -> eight(INTEGER, number);
      case Double number -> eight(DOUBLE, Double.doubleToLongBits(number));
      case Bytes content -> {
        out.writeByte(BYTES);
        sized(content.borrow());
      }
      case Instant time -> eight(INSTANT, ChronoUnit.MICROS.between(Instant.EPOCH, time));
      case LocalDate date -> eight(DATE, date.toEpochDay());
      case BigDecimal number -> {
        out.writeByte(DECIMAL);
        sized(number.toPlainString().getBytes(StandardCharsets.US_ASCII));
      }
      default -> {
        out.writeByte(TEXT);
        text(value.toString());
      }
    }
  }

  private void eight(byte tag, long bits) throws IOException {
    out.writeByte(tag);
    out.writeLong(bits);
  }

  void text(String text) throws IOException {
    sized(text.getBytes(StandardCharsets.UTF_8));
  }

  private void sized(byte[] content) throws IOException {
    out.writeInt(content.length);
    out.write(content);
  }

  void rows(long count) throws IOException {
    out.writeLong(count);
  }
}
