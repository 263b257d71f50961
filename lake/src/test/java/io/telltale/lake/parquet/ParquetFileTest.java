package io.telltale.lake.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.engine.DuckSession;
import io.telltale.engine.MemoryFile;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** DuckDB reads what we write by ourselves. */
@Tag("one-store")
class ParquetFileTest {
  private static final long[] EDGES = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 40};

  /** What one column holds, row by row, as DuckDB says it. */
  private record Wanted(ParquetColumn column, List<String> texts) {}

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 8, 9, 33, 127, 128, 129, 257, 5_000, 130_000})
  void columns_read_back_as_they_were(int rows) throws SQLException, IOException {
    var random = new Random(rows);
    int[] contextOf = random.ints(rows, 0, 1 + random.nextInt(Math.min(rows, 700))).toArray();
    List<Wanted> wanted =
        List.of(
            texts(random, rows, contextOf),
            constant(rows, contextOf),
            longs(random, rows, contextOf),
            growing(random, rows, false),
            growing(random, rows, true),
            sparse(random, rows),
            doubles(random, rows),
            booleans(random, rows),
            bytes(random, rows));
    try (var session = DuckSession.open(256, 1);
        MemoryFile file = file(rows, wanted.stream().map(Wanted::column).toList());
        Statement statement = session.connection().createStatement();
        ResultSet found =
            statement.executeQuery(
                "SELECT COLUMNS(*)::VARCHAR FROM read_parquet('" + file.path() + "')")) {
      for (int row = 0; row < rows; row++) {
        assertThat(found.next()).isTrue();
        for (int i = 0; i < wanted.size(); i++) {
          assertThat(String.valueOf(found.getString(i + 1)))
              .as("column %d row %d", i, row)
              .isEqualTo(wanted.get(i).texts().get(row));
        }
      }
      assertThat(found.next()).isFalse();
    }
  }

  static MemoryFile file(int rows, List<ParquetColumn> columns) throws IOException {
    MemoryFile file = MemoryFile.create();
    try (OutputStream to = file.output()) {
      ParquetFile.write(rows, columns, to);
    }
    return file;
  }

  private static NestedField field(int id, org.apache.iceberg.types.Type type, boolean optional) {
    return optional
        ? NestedField.optional(id, "c" + id, type)
        : NestedField.required(id, "c" + id, type);
  }

  private static Wanted texts(Random random, int rows, int[] contextOf) {
    var texts = new ArrayList<String>();
    for (int i = 0; i < rows; i++) {
      texts.add(i == 3 ? "" : "µ'\"" + random.nextInt(rows) + "\n");
    }
    return new Wanted(
        ParquetColumn.texts(field(1, Types.StringType.get(), false), texts, contextOf),
        java.util.Arrays.stream(contextOf).mapToObj(texts::get).toList());
  }

  private static Wanted constant(int rows, int[] contextOf) {
    List<Integer> sevens = java.util.Collections.nCopies(rows, 7);
    return new Wanted(
        ParquetColumn.integers(field(2, Types.IntegerType.get(), false), sevens, contextOf),
        java.util.Collections.nCopies(rows, "7"));
  }

  private static Wanted longs(Random random, int rows, int[] contextOf) {
    var numbers = new ArrayList<OptionalLong>();
    for (int i = 0; i < rows; i++) {
      numbers.add(
          random.nextInt(3) == 0
              ? OptionalLong.empty()
              : OptionalLong.of(EDGES[random.nextInt(EDGES.length)]));
    }
    return new Wanted(
        ParquetColumn.longs(field(3, Types.LongType.get(), true), numbers, contextOf),
        java.util.Arrays.stream(contextOf).mapToObj(at -> text(numbers.get(at))).toList());
  }

  private static String text(OptionalLong number) {
    return number.isPresent() ? Long.toString(number.getAsLong()) : "null";
  }

  private static Wanted growing(Random random, int rows, boolean wild) {
    var values = new long[rows];
    var texts = new ArrayList<String>();
    for (int i = 0; i < rows; i++) {
      values[i] =
          wild ? random.nextLong() >> random.nextInt(64) : 1_000_000L + 3L * i + random.nextInt(5);
      texts.add(Long.toString(values[i]));
    }
    NestedField field = field(wild ? 4 : 5, Types.LongType.get(), false);
    return new Wanted(ParquetColumn.growing(field, values, rows), texts);
  }

  private static Wanted sparse(Random random, int rows) {
    var values = new long[rows];
    var present = new int[rows];
    var texts = new ArrayList<String>();
    int count = 0;
    for (int i = 0; i < rows; i++) {
      present[i] = random.nextInt(2);
      long value = EDGES[random.nextInt(EDGES.length)];
      texts.add(present[i] == 1 ? Long.toString(value) : "null");
      if (present[i] == 1) {
        values[count++] = value;
      }
    }
    NestedField field = field(6, Types.LongType.get(), true);
    return new Wanted(ParquetColumn.growing(field, values, present, count), texts);
  }

  private static Wanted doubles(Random random, int rows) {
    var values = new double[rows];
    var present = new int[rows];
    var texts = new ArrayList<String>();
    int count = 0;
    for (int i = 0; i < rows; i++) {
      present[i] = random.nextInt(9) == 0 ? 0 : 1;
      double value = random.nextInt(1_000) / 8.0;
      texts.add(present[i] == 1 ? Double.toString(value) : "null");
      if (present[i] == 1) {
        values[count++] = value;
      }
    }
    return new Wanted(
        ParquetColumn.doubles(field(7, Types.DoubleType.get(), true), values, present, count),
        texts);
  }

  private record Text(Bytes bytes) implements ParquetColumn.Binary {
    @Override
    public int size() {
      return bytes.size();
    }

    @Override
    public void writeTo(ByteBuffer to) {
      to.put(bytes.borrow());
    }
  }

  private static Wanted bytes(Random random, int rows) {
    var values = new ArrayList<ParquetColumn.Binary>();
    var texts = new ArrayList<String>();
    for (int i = 0; i < rows; i++) {
      String text = "x".repeat(random.nextInt(40)) + random.nextInt(1_000);
      values.add(new Text(Bytes.utf8(text)));
      texts.add(text);
    }
    return new Wanted(
        ParquetColumn.binaries(field(9, Types.BinaryType.get(), false), values), texts);
  }

  private static Wanted booleans(Random random, int rows) {
    var values = new boolean[rows];
    var texts = new ArrayList<String>();
    for (int i = 0; i < rows; i++) {
      values[i] = random.nextBoolean();
      texts.add(Boolean.toString(values[i]));
    }
    return new Wanted(
        ParquetColumn.booleans(field(8, Types.BooleanType.get(), false), values), texts);
  }
}
