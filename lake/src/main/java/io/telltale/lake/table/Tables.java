package io.telltale.lake.table;

import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;

/** The two tables: columns, field ids and partitions, as in {@code docs/format/lake.md}. */
public final class Tables {
  public static final String READINGS = "readings";
  public static final String MINUTES = "minutes";

  /** The sealed halves of the readings: never a table that a question can name. */
  public static final String RESTRICTED = "readings_sealed";

  /** All revisions of the minutes: not a table of its own, a view. */
  public static final String MINUTE_REVISIONS = "minute_revisions";

  /** What each revision has a part of: no question sees it as a minute's. */
  public static final List<String> LINEAGE = List.of("contributors", "offsets");

  /** How many groups of devices a day falls into, so that erasing one device rewrites little. */
  public static final int BUCKETS = 2;

  public static final Schema READINGS_SCHEMA = readings();
  public static final Schema MINUTES_SCHEMA = minutes();
  public static final Schema RESTRICTED_SCHEMA =
      new Schema(
          NestedField.required(1, "partition", Types.IntegerType.get()),
          NestedField.required(2, "first", Types.LongType.get()),
          NestedField.required(3, "last", Types.LongType.get()),
          NestedField.required(4, "records", Types.BinaryType.get()));
  static final PartitionSpec READINGS_PARTITIONS =
      PartitionSpec.builderFor(READINGS_SCHEMA)
          .identity("tenant")
          .identity("scope")
          .day("event_time")
          .bucket("device_number", BUCKETS)
          .build();
  static final PartitionSpec MINUTES_PARTITIONS =
      PartitionSpec.builderFor(MINUTES_SCHEMA)
          .identity("tenant")
          .identity("scope")
          .day("minute")
          .build();

  /** Bounded growth: manifests are merged, and old table metadata is not listed. */
  static final Map<String, String> PROPERTIES =
      Map.of(
          "format-version", "2",
          "commit.manifest.min-count-to-merge", "20",
          "write.metadata.previous-versions-max", "1",
          "gc.enabled", "true");

  private Tables() {}

  private static Schema readings() {
    var columns = new Columns();
    for (ReadingColumn column : ReadingColumn.ALL) {
      if (column.required()) {
        columns.required(column.name(), column.type());
      } else {
        columns.optional(column.name(), column.type());
      }
    }
    return columns.schema();
  }

  private static Schema minutes() {
    var columns = new Columns();
    columns.text("tenant", "scope", "environment", "region", "product_line", "sensitivity");
    columns.text("site", "device_type", "metric", "unit").time("minute");
    columns.required("revision", Types.IntegerType.get());
    columns.required("final", Types.BooleanType.get());
    columns.required("count", Types.LongType.get());
    columns.required("sum", Types.DoubleType.get());
    columns.required("min", Types.DoubleType.get());
    columns.required("max", Types.DoubleType.get());
    columns.required("devices", Types.IntegerType.get());
    columns.required("contributors", Types.BinaryType.get());
    columns.text("offsets");
    return columns.schema();
  }

  /** DuckDB's FIELD_IDS option: Parquet columns carry Iceberg's ids. */
  public static String fieldIds(Schema schema) {
    var ids = new StringJoiner(", ", "{", "}");
    schema.columns().forEach(field -> ids.add("\"" + field.name() + "\": " + field.fieldId()));
    return ids.toString();
  }

  private static final class Columns {
    private final java.util.ArrayList<NestedField> fields = new java.util.ArrayList<>();

    Columns text(String... names) {
      for (String name : names) {
        required(name, Types.StringType.get());
      }
      return this;
    }

    Columns time(String name) {
      return required(name, Types.TimestampType.withZone());
    }

    Columns required(String name, Type type) {
      fields.add(NestedField.required(fields.size() + 1, name, type));
      return this;
    }

    Columns optional(String name, Type type) {
      fields.add(NestedField.optional(fields.size() + 1, name, type));
      return this;
    }

    Schema schema() {
      return new Schema(fields);
    }
  }
}
