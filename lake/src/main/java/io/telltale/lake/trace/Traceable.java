package io.telltale.lake.trace;

import io.telltale.lake.query.Pruning;
import io.telltale.lake.table.TableStore;
import io.telltale.lake.table.Tables;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.iceberg.types.Types.NestedField;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The statements whose contributing rows are exactly the rows that pass their WHERE clause, and the
 * statement that lists those rows.
 */
public final class Traceable {
  private Traceable() {}

  /** What stands in the way of an exact trace; empty when nothing does. */
  public static Optional<String> obstacle(JsonNode parsed) {
    JsonNode node = select(parsed);
    if (!node.path("type").asString("").equals("SELECT_NODE")
        || !node.path("cte_map").path("map").isEmpty()
        || !node.path("from_table").path("type").asString("").equals("BASE_TABLE")) {
      return Optional.of("a single SELECT from readings or minutes, without WITH, UNION or JOIN");
    }
    if (!Pruning.keepsNames(node.path("from_table"))) {
      return Optional.of("the columns under their own names: FROM readings AS r, not AS r(a, b)");
    }
    Optional<String> alias = aliasInWhere(node, columns(parsed));
    if (alias.isPresent()) {
      return Optional.of(
          "a WHERE clause without names of the SELECT list: write what "
              + alias.get()
              + " stands for");
    }
    if (table(parsed).equals(Tables.MINUTE_REVISIONS)) {
      return Optional.of("a SELECT from minutes; old revisions were replaced");
    }
    if (node.path("from_table").path("sample").isObject() || node.path("sample").isObject()) {
      return Optional.of("a SELECT without a sample");
    }
    if (node.path("having").isObject() || node.path("qualify").isObject()) {
      return Optional.of("a SELECT without HAVING and QUALIFY: put the condition into WHERE");
    }
    for (JsonNode modifier : node.path("modifiers")) {
      if (!modifier.path("type").asString("").equals("ORDER_MODIFIER")) {
        return Optional.of("a SELECT without LIMIT and DISTINCT");
      }
    }
    return expression(node);
  }

  // As questions see them: minutes show nothing of their lineage.
  private static Stream<String> columns(JsonNode parsed) {
    String table = table(parsed);
    String stored = table.equals(Tables.READINGS) ? Tables.READINGS : Tables.MINUTES;
    return TableStore.schema(stored).columns().stream()
        .map(NestedField::name)
        .filter(name -> !table.equals(Tables.MINUTES) || !Tables.LINEAGE.contains(name));
  }

  // The rows behind the answer are listed without its SELECT list, where such a name means nothing.
  private static Optional<String> aliasInWhere(JsonNode node, Stream<String> columns) {
    var aliases = new HashSet<String>();
    for (JsonNode item : node.path("select_list")) {
      aliases.add(item.path("alias").asString("").toLowerCase(Locale.ROOT));
    }
    columns.forEach(aliases::remove);
    return names(node.path("where_clause")).filter(aliases::contains).findFirst();
  }

  private static Stream<String> names(JsonNode node) {
    JsonNode names = node.path("column_names");
    Stream<String> own =
        names.size() == 1
            ? Stream.of(names.get(0).asString("").toLowerCase(Locale.ROOT))
            : Stream.empty();
    return Stream.concat(own, node.valueStream().flatMap(Traceable::names));
  }

  private static Optional<String> expression(JsonNode node) {
    String kind = node.path("class").asString("");
    if (kind.equals("SUBQUERY")) {
      return Optional.of("a SELECT without sub-queries");
    }
    if (kind.equals("WINDOW")) {
      return Optional.of("a SELECT without window functions");
    }
    if (kind.equals("FUNCTION") && node.path("filter").isObject()) {
      return Optional.of("a SELECT without FILTER: put the condition into WHERE");
    }
    for (JsonNode child : node) {
      Optional<String> found = expression(child);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  public static String table(JsonNode parsed) {
    return select(parsed)
        .path("from_table")
        .path("table_name")
        .asString("")
        .toLowerCase(Locale.ROOT);
  }

  public static JsonNode select(JsonNode parsed) {
    return parsed.path("statements").path(0).path("node");
  }

  /** The same FROM and WHERE with {@code SELECT *} and nothing else; {@code star} is of our own. */
  public static JsonNode contributing(JsonNode parsed, JsonNode star) {
    JsonNode copy = parsed.deepCopy();
    var node = (ObjectNode) select(copy);
    ArrayNode list = node.putArray("select_list");
    select(star).path("select_list").forEach(item -> list.add(item.deepCopy()));
    node.putArray("modifiers");
    node.putArray("group_expressions");
    node.putArray("group_sets");
    node.put("aggregate_handling", "STANDARD_HANDLING");
    return copy;
  }
}
