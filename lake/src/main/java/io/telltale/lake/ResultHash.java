package io.telltale.lake;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The canonical encoding of an answer, hashed as it grows ({@code docs/format/query.md}): anyone
 * with the same columns and rows gets the same hash, in any language.
 */
final class ResultHash {
  private static final byte VERSION = 1;
  private static final byte NULL = 0;
  private static final byte BOOLEAN = 1;
  private static final byte INTEGER = 2;
  private static final byte DOUBLE = 3;
  private static final byte TEXT = 4;
  private static final byte BYTES = 5;
  private static final byte INSTANT = 6;
  private static final byte DATE = 7;
  private static final byte DECIMAL = 8;

  private final MessageDigest digest;
  private final ByteBuffer eight = ByteBuffer.allocate(1 + Long.BYTES);
  private long bytes;

  ResultHash(List<QueryResult.Column> columns) {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    put(new byte[] {VERSION});
    put(eight.clear().putInt(columns.size()));
    for (QueryResult.Column column : columns) {
      sized(column.name().getBytes(StandardCharsets.UTF_8));
      sized(column.type().getBytes(StandardCharsets.UTF_8));
    }
  }

  /** The hash of an answer that is already there. */
  static Hash of(List<QueryResult.Column> columns, List<List<@Nullable Object>> rows) {
    var hash = new ResultHash(columns);
    rows.forEach(hash::add);
    return hash.finish(rows.size());
  }

  void add(List<@Nullable Object> row) {
    row.forEach(this::value);
  }

  long bytes() {
    return bytes;
  }

  Hash finish(int rows) {
    put(eight.clear().putLong(rows));
    return new Hash(Bytes.adopt(digest.digest()));
  }

  private void value(@Nullable Object value) {
    switch (value) {
      case null -> put(new byte[] {NULL});
      case Boolean truth -> put(new byte[] {BOOLEAN, (byte) (truth ? 1 : 0)});
      case Long number -> put(eight.clear().put(INTEGER).putLong(number));
      case Double number -> put(eight.clear().put(DOUBLE).putLong(Double.doubleToLongBits(number)));
      case Bytes content -> tagged(BYTES, content.borrow());
      case Instant time -> put(eight.clear().put(INSTANT).putLong(ReadingColumns.micros(time)));
      case LocalDate date -> put(eight.clear().put(DATE).putLong(date.toEpochDay()));
      case BigDecimal number ->
          tagged(DECIMAL, number.toPlainString().getBytes(StandardCharsets.US_ASCII));
      default -> tagged(TEXT, value.toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  private void tagged(byte tag, byte[] content) {
    put(new byte[] {tag});
    sized(content);
  }

  private void sized(byte[] content) {
    put(eight.clear().putInt(content.length));
    put(content);
  }

  private void put(byte[] content) {
    digest.update(content);
    bytes += content.length;
  }

  private void put(ByteBuffer filled) {
    ByteBuffer content = filled.flip();
    bytes += content.remaining();
    digest.update(content);
  }
}
