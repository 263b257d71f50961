package io.telltale.lake;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;

/** The statements that make files into tables. */
final class Views {
  private Views() {}

  /**
   * Views of the tables in {@code files}, which names each one's files as they stand in SQL. With
   * {@code naming}, {@code readings} has a column {@code filename}, for our own SQL only.
   */
  static List<String> statements(Map<String, List<String>> files, boolean naming) {
    var statements = new ArrayList<String>();
    if (files.containsKey(Tables.READINGS)) {
      String options = naming ? ", filename = true" : "";
      statements.add(view(Tables.READINGS, Tables.READINGS, files, options));
    }
    if (files.containsKey(Tables.MINUTES)) {
      statements.add(view(Tables.MINUTE_REVISIONS, Tables.MINUTES, files, ""));
      statements.add(
          """
          CREATE VIEW minutes AS SELECT * FROM minute_revisions
          QUALIFY row_number() OVER (
            PARTITION BY scope, site, device_type, metric, unit, "minute"
            ORDER BY revision DESC) = 1\
          """);
    }
    if (files.containsKey(Tables.RESTRICTED)) {
      statements.add(view(Tables.RESTRICTED, Tables.RESTRICTED, files, ""));
    }
    return statements;
  }

  private static String view(
      String name, String table, Map<String, List<String>> files, String options) {
    List<String> paths = files.getOrDefault(table, List.of());
    return paths.isEmpty()
        ? "CREATE VIEW %s AS %s".formatted(name, noRows(TableStore.schema(table), options))
        : "CREATE VIEW %s AS SELECT * FROM read_parquet([%s], hive_partitioning = false%s)"
            .formatted(name, String.join(", ", paths), options);
  }

  private static String noRows(Schema schema, String options) {
    var list = new StringJoiner(", ", "SELECT ", " WHERE false");
    if (!options.isEmpty()) {
      list.add("NULL::VARCHAR AS filename");
    }
    schema
        .columns()
        .forEach(
            field ->
                list.add("NULL::%s AS \"%s\"".formatted(duckType(field.type()), field.name())));
    return list.toString();
  }

  static String duckType(Type type) {
    return switch (type.typeId()) {
      case STRING -> "VARCHAR";
      case INTEGER -> "INTEGER";
      case LONG -> "BIGINT";
      case DOUBLE -> "DOUBLE";
      case BOOLEAN -> "BOOLEAN";
      case TIMESTAMP -> "TIMESTAMPTZ";
      case BINARY -> "BLOB";
      default -> throw new IllegalStateException("no table of ours has a column of " + type);
    };
  }
}
