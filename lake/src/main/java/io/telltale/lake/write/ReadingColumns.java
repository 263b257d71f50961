package io.telltale.lake.write;

import static java.util.Map.entry;

import io.telltale.lake.RawRow;
import io.telltale.lake.parquet.ParquetColumn;
import io.telltale.lake.parquet.ParquetFile;
import io.telltale.lake.table.Json;
import io.telltale.lake.table.Tables;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.apache.iceberg.types.Types.NestedField;

/** Raw rows as the columns of the readings table: numbers by the row, the rest by its context. */
public final class ReadingColumns {
  private static final String NOT_KNOWN = "unknown: not known to the pipeline when it was stored";

  /** What each text column holds. */
  private static final Map<String, Function<ReadingContext, String>> TEXTS =
      Map.ofEntries(
          entry("tenant", one -> one.device().tenant().name()),
          entry("scope", one -> one.scope().path()),
          entry("device", one -> one.device().name()),
          entry("credential", one -> one.credential().hex()),
          entry("issuer", one -> one.issuer().hex()),
          entry("provisioning", one -> or(one.asset().provisioning(), NOT_KNOWN)),
          entry("gateway_chain", one -> chain(one.gatewayChain())),
          entry("firmware_claimed", ReadingContext::firmware),
          entry("attestation", ReadingContext::attestation),
          entry("assurance", one -> word(one.assurance())),
          entry("schema", ReadingContext::schema),
          entry("message_type", ReadingContext::messageType),
          entry("door", ReadingContext::door),
          entry("endpoint", ReadingContext::endpoint),
          entry("metric", ReadingContext::metric),
          entry("unit", ReadingContext::unit),
          entry("unit_sent", ReadingContext::unitSent),
          entry("environment", one -> or(one.asset().environment(), one.scope().environment())),
          entry("region", one -> or(one.asset().region(), one.scope().region())),
          entry("product_line", one -> or(one.asset().productLine(), one.scope().productLine())),
          entry("sensitivity", one -> word(one.scope().sensitivity())),
          entry("site", one -> one.asset().site()),
          entry("device_type", one -> one.asset().deviceType()),
          entry("owner_team", one -> one.asset().ownerTeam()),
          entry("labels", one -> Json.object(new TreeMap<>(one.asset().labels()))),
          entry("steps", ReadingContext::steps));

  private final List<RawRow> rows;
  private final List<ReadingContext> contexts;
  private final int[] contextOf;

  private ReadingColumns(ReadingBatch batch) {
    this.rows = batch.rows();
    this.contexts = batch.contexts();
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
    Function<ReadingContext, String> text = TEXTS.get(field.name());
    if (text == null) {
      throw new IllegalStateException("nobody fills the column " + field.name());
    }
    return ParquetColumn.texts(field, contexts.stream().map(text).toList(), contextOf);
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

  private static String or(String known, String otherwise) {
    return known.isEmpty() ? otherwise : known;
  }

  private static String chain(List<String> gateways) {
    return gateways.isEmpty() ? "direct" : String.join(",", gateways);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
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
