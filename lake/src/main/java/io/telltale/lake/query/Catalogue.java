package io.telltale.lake.query;

import io.telltale.lake.table.TableStore;
import io.telltale.lake.table.Tables;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.types.Types.NestedField;

/**
 * {@code SHOW TABLES} and {@code DESCRIBE table} as questions that the gate knows: constants, since
 * the engine's own catalogue stays closed.
 */
final class Catalogue {
  private static final Pattern SHOW =
      Pattern.compile("\\s*SHOW\\s+TABLES\\s*;?\\s*", Pattern.CASE_INSENSITIVE);
  private static final Pattern DESCRIBE =
      Pattern.compile(
          "\\s*DESC(?:RIBE)?\\s+(readings|minutes|minute_revisions)\\s*;?\\s*",
          Pattern.CASE_INSENSITIVE);
  private static final List<List<String>> TABLES =
      List.of(
          List.of(Tables.READINGS, "one row for each value of each stored record"),
          List.of(Tables.MINUTES, "aggregates by minute, each in its newest revision"),
          List.of(Tables.MINUTE_REVISIONS, "all revisions of the aggregates that are kept"));

  /** For whoever asks for something else. */
  static final String NOT_KNOWN =
      "there is no such table: ask SHOW TABLES, or DESCRIBE readings, minutes or minute_revisions";

  private Catalogue() {}

  /** What to ask instead; empty when {@code sql} is none of the two. */
  static Optional<String> question(String sql) {
    if (SHOW.matcher(sql).matches()) {
      return Optional.of(values(TABLES, "name, about"));
    }
    Matcher described = DESCRIBE.matcher(sql);
    return described.matches()
        ? Optional.of(values(columns(described.group(1)), "column_name, column_type"))
        : Optional.empty();
  }

  private static List<List<String>> columns(String table) {
    String name = table.toLowerCase(Locale.ROOT);
    boolean readings = name.equals(Tables.READINGS);
    return TableStore.schema(readings ? Tables.READINGS : Tables.MINUTES).columns().stream()
        .filter(column -> !name.equals(Tables.MINUTES) || !Tables.LINEAGE.contains(column.name()))
        .map(Catalogue::column)
        .toList();
  }

  private static List<String> column(NestedField field) {
    return List.of(field.name(), Views.duckType(field.type()));
  }

  private static String values(List<List<String>> rows, String names) {
    var values = new StringJoiner(", ", "SELECT * FROM (VALUES ", ") AS t(" + names + ")");
    rows.forEach(row -> values.add("('" + String.join("', '", row) + "')"));
    return values.toString();
  }
}
