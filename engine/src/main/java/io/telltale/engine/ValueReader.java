package io.telltale.engine;

import io.telltale.kernel.Bytes;
import java.math.BigDecimal;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link ValueWriter} wrote, from someone who may be hostile: allocates no more than a
 * small multiple of what is really there, and takes one encoding of each value only.
 */
final class ValueReader {
  private static final Pattern DECIMAL = Pattern.compile("-?[0-9]{1,80}(\\.[0-9]{1,80})?");
  private static final int COLUMNS_MAX = 16_384;
  private static final long MICROS_MAX = Long.MAX_VALUE - 2_000_000;

  private final ByteBuffer in;

  private ValueReader(ByteBuffer in) {
    this.in = in;
  }

  /** Reads all of {@code in}; empty when it is not exactly what {@code read} expects. */
  static <T> Optional<T> whole(ByteBuffer in, Function<ValueReader, T> read) {
    var reader = new ValueReader(in.slice());
    try {
      T value = read.apply(reader);
      return reader.in.hasRemaining() ? Optional.empty() : Optional.of(value);
    } catch (Malformed | BufferUnderflowException | DateTimeException e) {
      return Optional.empty();
    }
  }

  /** Leaves the reading; never leaves this class. */
  private static final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Malformed() {
      super("malformed", null, false, false);
    }
  }

  List<ResultColumn> columns() {
    if (in.get() != ValueWriter.VERSION) {
      throw new Malformed();
    }
    // A column is two lengths at least.
    int count = count(COLUMNS_MAX, 2 * Integer.BYTES);
    var columns = new ArrayList<ResultColumn>(count);
    for (int i = 0; i < count; i++) {
      columns.add(new ResultColumn(text(), text()));
    }
    return columns;
  }

  List<List<@Nullable Object>> rows() {
    int width = count(COLUMNS_MAX, 0);
    if (width == 0) {
      throw new Malformed();
    }
    int count = count(Integer.MAX_VALUE, width);
    if (count == 0 && width != 1) {
      throw new Malformed();
    }
    var rows = new ArrayList<List<@Nullable Object>>(count);
    for (int i = 0; i < count; i++) {
      var row = new ArrayList<@Nullable Object>(width);
      for (int column = 0; column < width; column++) {
        row.add(value());
      }
      rows.add(Collections.unmodifiableList(row));
    }
    return rows;
  }

  int count(int max, int bytesEach) {
    int count = in.getInt();
    if (count < 0 || count > max || (long) count * bytesEach > in.remaining()) {
      throw new Malformed();
    }
    return count;
  }

  private @Nullable Object value() {
    return switch (in.get()) {
      case ValueWriter.NULL -> null;
      case ValueWriter.BOOLEAN -> flag();
      case ValueWriter.INTEGER -> in.getLong();
      case ValueWriter.DOUBLE -> number();
      case ValueWriter.TEXT -> text();
      case ValueWriter.BYTES -> bytes();
      case ValueWriter.INSTANT -> instant();
      case ValueWriter.DATE -> LocalDate.ofEpochDay(in.getLong());
      case ValueWriter.DECIMAL -> decimal();
      default -> throw new Malformed();
    };
  }

  boolean flag() {
    byte flag = in.get();
    if (flag != 0 && flag != 1) {
      throw new Malformed();
    }
    return flag == 1;
  }

  private Instant instant() {
    long micros = in.getLong();
    if (micros < -MICROS_MAX || micros > MICROS_MAX) {
      throw new Malformed();
    }
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  private double number() {
    long bits = in.getLong();
    double number = Double.longBitsToDouble(bits);
    if (Double.doubleToLongBits(number) != bits) {
      throw new Malformed();
    }
    return number;
  }

  private BigDecimal decimal() {
    String digits = text();
    if (!DECIMAL.matcher(digits).matches()) {
      throw new Malformed();
    }
    var number = new BigDecimal(digits);
    if (!number.toPlainString().equals(digits)) {
      throw new Malformed();
    }
    return number;
  }

  int whole() {
    return in.getInt();
  }

  long wide() {
    return in.getLong();
  }

  Bytes bytes() {
    byte[] content = new byte[count(Integer.MAX_VALUE, 1)];
    in.get(content);
    return Bytes.adopt(content);
  }

  String text() {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes().asBuffer()).toString();
    } catch (CharacterCodingException e) {
      throw new Malformed();
    }
  }
}
