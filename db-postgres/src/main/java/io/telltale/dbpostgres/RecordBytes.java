package io.telltale.dbpostgres;

import io.telltale.kernel.CorruptException;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows as {@code record_send} writes them: each value with its type, its length and its bytes. */
final class RecordBytes {
  private static final int BYTEA = 17;
  private static final int INT8 = 20;
  private static final int TEXT = 25;
  private static final int FLOAT8 = 701;
  private static final int NULL = -1;

  private RecordBytes() {}

  /** Throws {@link CorruptException} for anything else: it may come from anybody's hand. */
  static List<@Nullable Object> values(byte[] record) {
    ByteBuffer in = ByteBuffer.wrap(record);
    try {
      int count = in.getInt();
      if (count < 0 || count > in.remaining() / (2 * Integer.BYTES)) {
        throw new BufferUnderflowException();
      }
      var values = new ArrayList<@Nullable Object>(count);
      for (int i = 0; i < count; i++) {
        int type = in.getInt();
        int length = in.getInt();
        values.add(length == NULL ? null : value(type, take(in, length)));
      }
      return values;
    } catch (BufferUnderflowException e) {
      throw new CorruptException("a seal is of no row that there can be", e);
    }
  }

  private static byte[] take(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] value = new byte[length];
    in.get(value);
    return value;
  }

  private static Object value(int type, byte[] value) {
    return switch (type) {
      case INT8 -> ByteBuffer.wrap(value).getLong();
      case TEXT -> new String(value, StandardCharsets.UTF_8);
      case BYTEA -> value;
      case FLOAT8 -> ByteBuffer.wrap(value).getDouble();
      default -> throw new IllegalStateException("no column of a store is of type " + type);
    };
  }

  static byte[] of(List<@Nullable Object> values) {
    var out = new ByteArrayOutputStream();
    write(out, values.size());
    for (Object value : values) {
      switch (value) {
        case null -> throw new IllegalStateException("a key without a value");
        case Long number -> write(out, INT8, ByteBuffer.allocate(8).putLong(number).array());
        case String text -> write(out, TEXT, text.getBytes(StandardCharsets.UTF_8));
        case byte[] bytes -> write(out, BYTEA, bytes);
        default -> throw new IllegalStateException("no key is a " + value.getClass());
      }
    }
    return out.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, int type, byte[] value) {
    write(out, type);
    write(out, value.length);
    out.writeBytes(value);
  }

  private static void write(ByteArrayOutputStream out, int number) {
    out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
  }
}
