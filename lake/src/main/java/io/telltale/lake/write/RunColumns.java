package io.telltale.lake.write;

import io.telltale.lake.parquet.ParquetColumn;
import io.telltale.lake.parquet.ParquetFile;
import io.telltale.lake.table.Tables;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.apache.iceberg.types.Types.NestedField;

/** Runs of sealed halves as the columns of their table. */
public final class RunColumns {
  private static final Comparator<RecordRun> IN_ORDER =
      Comparator.comparingInt(RecordRun::partition).thenComparingLong(RecordRun::first);

  private RunColumns() {}

  /** Writes the whole file to {@code to}, its runs in order. */
  public static void parquet(Collection<RecordRun> batch, OutputStream to) throws IOException {
    List<RecordRun> runs = batch.stream().sorted(IN_ORDER).toList();
    ParquetFile.write(
        runs.size(),
        Tables.RESTRICTED_SCHEMA.columns().stream().map(field -> column(field, runs)).toList(),
        to);
  }

  private static ParquetColumn column(NestedField field, List<RecordRun> runs) {
    return switch (field.name()) {
      case "partition" ->
          ParquetColumn.integers(
              field,
              runs.stream().map(RecordRun::partition).toList(),
              IntStream.range(0, runs.size()).toArray());
      case "first" -> growing(field, runs, RecordRun::first);
      case "last" -> growing(field, runs, RecordRun::last);
      case "records" -> ParquetColumn.binaries(field, runs);
      default -> throw new IllegalStateException("no column " + field.name());
    };
  }

  private static ParquetColumn growing(
      NestedField field, List<RecordRun> runs, ToLongFunction<RecordRun> of) {
    return ParquetColumn.growing(field, runs.stream().mapToLong(of).toArray(), runs.size());
  }
}
