package io.telltale.lake.parquet;

import io.telltale.kernel.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import org.apache.iceberg.types.Type.TypeID;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.parquet.format.Encoding;

/**
 * One encoded column: its values, and the dictionary that they refer to, if they do.
 *
 * @param levels which rows have a value; empty when all must
 * @param values of the rows that have one
 * @param pages of a column of binary values, each with one; none of any other column
 */
public record ParquetColumn(
    NestedField field,
    Encoding encoding,
    List<byte[]> dictionary,
    Bytes levels,
    Bytes values,
    List<? extends Binary> pages) {
  private static final Bytes NONE = Bytes.EMPTY;

  /** A large value, which is put together when it is written. */
  public interface Binary {
    int size();

    /** Puts exactly {@link #size} bytes into a buffer in big-endian order. */
    void writeTo(ByteBuffer to);
  }

  private ParquetColumn(
      NestedField field, Encoding encoding, List<byte[]> dictionary, Bytes levels, Bytes values) {
    this(field, encoding, dictionary, levels, values, List.of());
  }

  /** Binary values, each asked for when it is written: they need not be in memory at once. */
  public static ParquetColumn binaries(NestedField field, List<? extends Binary> values) {
    return new ParquetColumn(field, Encoding.PLAIN, List.of(), NONE, NONE, values);
  }

  /** Whether its values are binary, which are long, and compressed. */
  boolean isBinary() {
    return field.type().typeId() == TypeID.BINARY;
  }

  /** Whether values are numbers of the dictionary's. */
  boolean isCoded() {
    return encoding == Encoding.RLE_DICTIONARY;
  }

  /** Numbers that grow by small steps. */
  public static ParquetColumn growing(NestedField field, long[] values, int count) {
    return new ParquetColumn(
        field,
        Encoding.DELTA_BINARY_PACKED,
        List.of(),
        NONE,
        Bytes.adopt(PackedNumbers.delta(values, count)));
  }

  /** As {@link #growing}, with nulls: {@code values} are only those that are present. */
  public static ParquetColumn growing(NestedField field, long[] values, int[] present, int count) {
    return new ParquetColumn(
        field,
        Encoding.DELTA_BINARY_PACKED,
        List.of(),
        levels(present),
        Bytes.adopt(PackedNumbers.delta(values, count)));
  }

  public static ParquetColumn doubles(
      NestedField field, double[] values, int[] present, int count) {
    ByteBuffer plain = ByteBuffer.allocate(count * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      plain.putDouble(values[i]);
    }
    return new ParquetColumn(
        field, Encoding.PLAIN, List.of(), levels(present), Bytes.adopt(plain.array()));
  }

  public static ParquetColumn booleans(NestedField field, boolean[] values) {
    byte[] bits = new byte[(values.length + 7) / 8];
    for (int i = 0; i < values.length; i++) {
      bits[i >> 3] |= (byte) (values[i] ? 1 << (i & 7) : 0);
    }
    return new ParquetColumn(field, Encoding.PLAIN, List.of(), NONE, Bytes.adopt(bits));
  }

  /** The text of each row's context: every text is written once. */
  public static ParquetColumn texts(NestedField field, List<String> ofContext, int[] contextOf) {
    return shared(
        field, ofContext, text -> withLength(text.getBytes(StandardCharsets.UTF_8)), contextOf);
  }

  public static ParquetColumn integers(
      NestedField field, List<Integer> ofContext, int[] contextOf) {
    return shared(
        field, ofContext, number -> little(Integer.BYTES).putInt(number).array(), contextOf);
  }

  /** The number of each row's context, or null. */
  public static ParquetColumn longs(
      NestedField field, List<OptionalLong> ofContext, int[] contextOf) {
    int[] present = new int[contextOf.length];
    int[] contexts = new int[contextOf.length];
    int count = 0;
    for (int row = 0; row < contextOf.length; row++) {
      if (ofContext.get(contextOf[row]).isPresent()) {
        present[row] = 1;
        contexts[count++] = contextOf[row];
      }
    }
    List<Long> numbers = ofContext.stream().map(number -> number.orElse(0)).toList();
    ParquetColumn column =
        shared(
            field,
            numbers,
            number -> little(Long.BYTES).putLong(number).array(),
            Arrays.copyOf(contexts, count));
    return new ParquetColumn(
        field, Encoding.RLE_DICTIONARY, column.dictionary(), levels(present), column.values());
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static <T> ParquetColumn shared(
      NestedField field, List<T> values, Function<T, byte[]> encoded, int[] contextOf) {
    var codes = new HashMap<T, Integer>();
    var dictionary = new ArrayList<byte[]>();
    int[] codeOf = new int[values.size()];
    for (int context = 0; context < codeOf.length; context++) {
      Integer known = codes.putIfAbsent(values.get(context), dictionary.size());
      if (known == null) {
        codeOf[context] = dictionary.size();
        dictionary.add(encoded.apply(values.get(context)));
      } else {
        codeOf[context] = known;
      }
    }
    int width = PackedNumbers.width(dictionary.size() - 1L);
    int count = contextOf.length;
    int[] row = new int[width == 0 ? 0 : count];
    for (int i = 0; i < row.length; i++) {
      row[i] = codeOf[contextOf[i]];
    }
    byte[] packed = PackedNumbers.hybrid(row, count, width);
    byte[] withWidth = ByteBuffer.allocate(1 + packed.length).put((byte) width).put(packed).array();
    return new ParquetColumn(
        field, Encoding.RLE_DICTIONARY, dictionary, NONE, Bytes.adopt(withWidth));
  }

  /** Which values are there, 1 bit each, as Parquet's definition levels. */
  private static Bytes levels(int[] present) {
    byte[] packed = PackedNumbers.hybrid(present, present.length, 1);
    return Bytes.adopt(withLength(packed));
  }

  private static byte[] withLength(byte[] bytes) {
    return ByteBuffer.allocate(Integer.BYTES + bytes.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(bytes.length)
        .put(bytes)
        .array();
  }
}
