package io.telltale.lake.write;

import io.telltale.lake.RawRow;
import io.telltale.lake.parquet.ParquetColumn;
import io.telltale.lake.parquet.ParquetFile;
import io.telltale.lake.table.Tables;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.apache.iceberg.types.Types.NestedField;

/** Raw rows as the columns of the readings table: numbers by the row, the rest by its context. */
public final class ReadingColumns {
  private static final List<String> TEXTS =
      List.of(
          "tenant",
          "scope",
          "device",
          "credential",
          "issuer",
          "provisioning",
          "gateway_chain",
          "firmware_claimed",
          "attestation",
          "assurance",
          "schema",
          "message_type",
          "door",
          "endpoint",
          "metric",
          "unit",
          "unit_sent",
          "environment",
          "region",
          "product_line",
          "sensitivity",
          "site",
          "device_type",
          "owner_team",
          "labels",
          "steps");

  private final List<RawRow> rows;
  private final List<ReadingContext> contexts;
  private final List<List<String>> texts;
  private final int[] contextOf;

  private ReadingColumns(ReadingBatch batch) {
    this.rows = batch.rows();
    this.contexts = batch.contexts();
    this.texts = contexts.stream().map(ReadingContext::texts).toList();
    this.contextOf = batch.contextOf();
  }

  /** The whole file. */
  public static byte[] parquet(ReadingBatch batch) {
    var columns = new ReadingColumns(batch);
    return ParquetFile.write(
        batch.rows().size(),
        Tables.READINGS_SCHEMA.columns().stream().map(columns::column).toList());
  }

  private ParquetColumn column(NestedField field) {
    return switch (field.name()) {
      case "device_number" -> integers(field, ReadingContext::deviceNumber);
      case "policy_version" -> integers(field, ReadingContext::policyVersion);
      case "firmware_number" ->
          ParquetColumn.longs(
              field, contexts.stream().map(ReadingContext::firmwareNumber).toList(), contextOf);
      case "suspect" -> suspect(field);
      case "sequence" -> sparse(field, row -> row.origin().sequence());
      case "source_time" -> sparse(field, ReadingColumns::sourceTime);
      case "value" -> values(field);
      case "partition" -> growing(field, RawRow::partition);
      case "record_offset" -> growing(field, RawRow::offset);
      case "feed_position" -> growing(field, row -> row.origin().feedPosition());
      case "sent" -> growing(field, row -> micros(row.origin().sent()));
      case "received" -> growing(field, row -> micros(row.origin().received()));
      case "event_time" -> growing(field, row -> micros(row.eventTime()));
      default -> texts(field);
    };
  }

  private ParquetColumn texts(NestedField field) {
    int index = TEXTS.indexOf(field.name());
    if (index < 0) {
      throw new IllegalStateException("nobody fills the column " + field.name());
    }
    return ParquetColumn.texts(
        field, texts.stream().map(context -> context.get(index)).toList(), contextOf);
  }

  private ParquetColumn integers(NestedField field, Function<ReadingContext, Integer> of) {
    return ParquetColumn.integers(field, contexts.stream().map(of).toList(), contextOf);
  }

  private ParquetColumn suspect(NestedField field) {
    boolean[] values = new boolean[rows.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = rows.get(i).suspect();
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

  private ParquetColumn values(NestedField field) {
    int[] present = new int[rows.size()];
    double[] values = new double[rows.size()];
    int count = 0;
    for (int i = 0; i < present.length; i++) {
      OptionalDouble value = rows.get(i).value();
      if (value.isPresent()) {
        present[i] = 1;
        values[count++] = value.getAsDouble();
      }
    }
    return ParquetColumn.doubles(field, values, present, count);
  }

  private static OptionalLong sourceTime(RawRow row) {
    return row.sourceTime().isPresent()
        ? OptionalLong.of(micros(row.sourceTime().get()))
        : OptionalLong.empty();
  }

  public static long micros(Instant time) {
    return Math.addExact(
        Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1_000);
  }
}
