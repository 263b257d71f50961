package io.telltale.lake;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.Schema;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expression.Operation;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.types.Type;
import tools.jackson.databind.JsonNode;

/**
 * The part of a WHERE clause by which whole files can be passed over: comparisons of a column that
 * files have bounds for with a constant, joined by AND. Anything else prunes nothing.
 */
final class Pruning {
  private static final Map<String, Operation> COMPARISONS =
      Map.of(
          "COMPARE_EQUAL", Operation.EQ,
          "COMPARE_LESSTHAN", Operation.LT,
          "COMPARE_LESSTHANOREQUALTO", Operation.LT_EQ,
          "COMPARE_GREATERTHAN", Operation.GT,
          "COMPARE_GREATERTHANOREQUALTO", Operation.GT_EQ);
  private static final java.util.Set<String> BOUNDED =
      java.util.Set.of(
          "scope", "event_time", "minute", "device", "device_number", "partition", "record_offset");

  private Pruning() {}

  /** A filter that is true for every row of {@code table} that the statement reads. */
  static Expression filter(JsonNode select, String table) {
    JsonNode from = select.path("from_table");
    boolean plain =
        select.path("type").asString("").equals("SELECT_NODE")
            && select.path("cte_map").path("map").isEmpty()
            && from.path("type").asString("").equals("BASE_TABLE")
            && onlyTable(select, from);
    return plain
        ? condition(select.path("where_clause"), TableStore.schema(table))
        : Expressions.alwaysTrue();
  }

  // A sub-query elsewhere in the statement may read the same table under no condition at all.
  private static boolean onlyTable(JsonNode select, JsonNode from) {
    String text = select.toString();
    String marker = "\"BASE_TABLE\"";
    return text.indexOf(marker) == text.lastIndexOf(marker) && from.has("table_name");
  }

  private static Expression condition(JsonNode node, Schema schema) {
    String type = node.path("type").asString("");
    if (type.equals("CONJUNCTION_AND")) {
      Expression all = Expressions.alwaysTrue();
      for (JsonNode child : node.path("children")) {
        all = Expressions.and(all, condition(child, schema));
      }
      return all;
    }
    if (type.equals("COMPARE_BETWEEN")) {
      return Expressions.and(
          compare(Operation.GT_EQ, node.path("input"), node.path("lower"), schema),
          compare(Operation.LT_EQ, node.path("input"), node.path("upper"), schema));
    }
    Operation operation = COMPARISONS.get(type);
    return operation == null
        ? Expressions.alwaysTrue()
        : compare(operation, node.path("left"), node.path("right"), schema);
  }

  private static Expression compare(
      Operation operation, JsonNode column, JsonNode constant, Schema schema) {
    JsonNode names = column.path("column_names");
    String name = names.isEmpty() ? "" : names.get(names.size() - 1).asString("");
    if (!BOUNDED.contains(name) || schema.findField(name) == null) {
      return Expressions.alwaysTrue();
    }
    return value(constant, schema.findType(name))
        .<Expression>map(value -> Expressions.predicate(operation, name, value))
        .orElse(Expressions.alwaysTrue());
  }

  private static Optional<Object> value(JsonNode node, Type type) {
    JsonNode literal =
        node.path("type").asString("").equals("OPERATOR_CAST")
            ? node.path("child").path("literal")
            : node.path("literal");
    String kind = literal.path("kind").asString("");
    String text = literal.path("text").asString("");
    return switch (type.typeId()) {
      case TIMESTAMP ->
          kind.equals("STRING") ? time(text).map(ReadingColumns::micros) : Optional.empty();
      case STRING -> kind.equals("STRING") ? Optional.of(text) : Optional.empty();
      case INTEGER, LONG ->
          kind.equals("INTEGER") && text.length() < 10
              ? Optional.of(Long.valueOf(text))
              : Optional.empty();
      default -> Optional.empty();
    };
  }

  private static Optional<Instant> time(String text) {
    String iso = text.strip().replace(' ', 'T');
    try {
      if (iso.length() == 10) {
        return Optional.of(LocalDate.parse(iso).atStartOfDay(ZoneOffset.UTC).toInstant());
      }
      if (iso.endsWith("Z")) {
        return Optional.of(OffsetDateTime.parse(iso).toInstant());
      }
      return Optional.of(LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
