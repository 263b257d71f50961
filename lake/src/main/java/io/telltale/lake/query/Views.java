package io.telltale.lake.query;

import io.telltale.lake.table.TableStore;
import io.telltale.lake.table.Tables;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;

/** The statements that make files into tables. */
public final class Views {
  private Views() {}

  /** Readings with a column {@code file}, the number of the file among those of the table. */
  public static final String NUMBERED = "numbered_readings";

  /** Views of the tables in {@code files}, which names each one's files as they stand in SQL. */
  static List<String> statements(Map<String, List<String>> files) {
    var statements = new ArrayList<String>();
    if (files.containsKey(Tables.READINGS)) {
      statements.add(view(Tables.READINGS, Tables.READINGS, files));
    }
    if (files.containsKey(Tables.MINUTES)) {
      statements.add(view(Tables.MINUTE_REVISIONS, Tables.MINUTES, files));
      statements.add(
          """
          CREATE VIEW minutes AS SELECT * EXCLUDE (%s) FROM minute_revisions
          QUALIFY row_number() OVER (
            PARTITION BY scope, site, device_type, metric, unit, "minute"
            ORDER BY revision DESC) = 1\
          """
              .formatted(String.join(", ", Tables.LINEAGE)));
    }
    if (files.containsKey(Tables.RESTRICTED)) {
      statements.add(view(Tables.RESTRICTED, Tables.RESTRICTED, files));
    }
    return statements;
  }

  /** Makes {@link #NUMBERED} of one file or more, as they stand in SQL. */
  public static String numbered(List<String> paths) {
    var all = new StringJoiner(" UNION ALL BY NAME ", "CREATE VIEW " + NUMBERED + " AS ", "");
    for (int file = 0; file < paths.size(); file++) {
      all.add("SELECT *, %d AS file FROM %s".formatted(file, parquet(paths.get(file))));
    }
    return all.toString();
  }

  private static String parquet(String paths) {
    return "read_parquet([%s], hive_partitioning = false)".formatted(paths);
  }

  private static String view(String name, String table, Map<String, List<String>> files) {
    List<String> paths = files.getOrDefault(table, List.of());
    return "CREATE VIEW %s AS %s"
        .formatted(
            name,
            paths.isEmpty()
                ? noRows(TableStore.schema(table))
                : "SELECT * FROM " + parquet(String.join(", ", paths)));
  }

  private static String noRows(Schema schema) {
    var list = new StringJoiner(", ", "SELECT ", " WHERE false");
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
