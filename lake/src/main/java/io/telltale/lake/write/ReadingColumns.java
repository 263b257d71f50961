package io.telltale.lake.write;

import io.telltale.lake.RawRow;
import io.telltale.lake.parquet.ParquetColumn;
import io.telltale.lake.parquet.ParquetFile;
import io.telltale.lake.table.ReadingColumn;
import io.telltale.lake.table.ReadingColumn.Source;
import io.telltale.lake.table.ReadingContext;
import io.telltale.lake.table.Tables;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.apache.iceberg.types.Types.NestedField;

/** Raw rows as the columns of the readings table: numbers by the row, the rest by its context. */
public final class ReadingColumns {
  private final List<RawRow> rows;
  private final List<ReadingContext> contexts;
  private final int[] contextOf;

  private ReadingColumns(ReadingBatch batch) {
    this.rows = batch.rows();
    this.contexts = batch.contexts();
    this.contextOf = batch.contextOf();
  }

  /** Writes the whole file to {@code to}. */
  public static void parquet(ReadingBatch batch, OutputStream to) throws IOException {
    var columns = new ReadingColumns(batch);
    var made = new ArrayList<ParquetColumn>();
    List<NestedField> fields = Tables.READINGS_SCHEMA.columns();
    for (int i = 0; i < fields.size(); i++) {
      made.add(columns.column(fields.get(i), ReadingColumn.ALL.get(i).source()));
    }
    ParquetFile.write(batch.rows().size(), made, to);
  }

  private ParquetColumn column(NestedField field, Source source) {
    return switch (source) {
      case Source.SharedText(var of) -> ParquetColumn.texts(field, each(of), contextOf);
      case Source.SharedInteger(var of) ->
          ParquetColumn.integers(field, each(of::applyAsInt), contextOf);
      case Source.SharedLong(var of) -> ParquetColumn.longs(field, each(of), contextOf);
      case Source.Growing(var of) -> growing(field, of);
      case Source.Sparse(var of) -> sparse(field, of);
      case Source.Measured(var of) -> values(field, of);
      case Source.Flag(var of) -> flags(field, of);
    };
  }

  private <T> List<T> each(Function<ReadingContext, T> of) {
    return contexts.stream().map(of).toList();
  }

  private ParquetColumn flags(NestedField field, Predicate<RawRow> of) {
    boolean[] values = new boolean[rows.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = of.test(rows.get(i));
    }
    return ParquetColumn.booleans(field, values);
  }

  private ParquetColumn growing(NestedField field, ToLongFunction<RawRow> of) {
    long[] values = new long[rows.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = of.applyAsLong(rows.get(i));
    }
    return ParquetColumn.growing(field, values, values.length);
  }

  private ParquetColumn sparse(NestedField field, Function<RawRow, OptionalLong> of) {
    int[] present = new int[rows.size()];
    long[] values = new long[rows.size()];
    int count = 0;
    for (int i = 0; i < present.length; i++) {
      OptionalLong value = of.apply(rows.get(i));
      if (value.isPresent()) {
        present[i] = 1;
        values[count++] = value.getAsLong();
      }
    }
    return ParquetColumn.growing(field, values, present, count);
  }

  private ParquetColumn values(NestedField field, Function<RawRow, OptionalDouble> of) {
    int[] present = new int[rows.size()];
    double[] values = new double[rows.size()];
    int count = 0;
    for (int i = 0; i < present.length; i++) {
      OptionalDouble value = of.apply(rows.get(i));
      if (value.isPresent()) {
        present[i] = 1;
        values[count++] = value.getAsDouble();
      }
    }
    return ParquetColumn.doubles(field, values, present, count);
  }
}
