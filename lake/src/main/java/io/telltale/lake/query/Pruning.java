package io.telltale.lake.query;

import io.telltale.lake.table.ReadingColumn;
import io.telltale.lake.table.TableStore;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.iceberg.Schema;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expression.Operation;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.types.Type;
import tools.jackson.databind.JsonNode;

/**
 * The part of a WHERE clause by which whole files can be passed over: comparisons of a column that
 * files have bounds for with a constant, joined by AND. Anything else prunes nothing: a name counts
 * only where it is certain which column it means, a constant only where it is what it seems.
 */
public final class Pruning {
  private static final Map<String, Operation> COMPARISONS =
      Map.of(
          "COMPARE_EQUAL", Operation.EQ,
          "COMPARE_LESSTHAN", Operation.LT,
          "COMPARE_LESSTHANOREQUALTO", Operation.LT_EQ,
          "COMPARE_GREATERTHAN", Operation.GT,
          "COMPARE_GREATERTHANOREQUALTO", Operation.GT_EQ);
  private static final Set<String> BOUNDED =
      Set.of(
          "scope", "event_time", "minute", "device", "device_number", "partition", "record_offset");

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");
  private static final int DATE_CHARS = 10;

  /** No more digits than microseconds have, no zone but Z, no year but of four digits. */
  private static final Pattern TIME =
      Pattern.compile("\\d{4}-\\d{2}-\\d{2}([ T]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,6})?Z?)?");

  private final Set<String> qualifiers;
  private final Schema schema;

  private Pruning(JsonNode from, Schema schema) {
    String alias = from.path("alias").asString("");
    String name = alias.isEmpty() ? from.path("table_name").asString("") : alias;
    this.qualifiers = Set.of(name.toLowerCase(Locale.ROOT));
    this.schema = schema;
  }

  /** A filter that is true for every row of {@code table} that the statement reads. */
  public static Expression filter(JsonNode select, String table) {
    JsonNode from = select.path("from_table");
    boolean plain =
        select.path("type").asString("").equals("SELECT_NODE")
            && select.path("cte_map").path("map").isEmpty()
            && from.path("type").asString("").equals("BASE_TABLE")
            && onlyTable(select, from)
            && keepsNames(from)
            && !from.path("sample").isObject()
            && !select.path("sample").isObject();
    return plain
        ? new Pruning(from, TableStore.schema(table)).condition(select.path("where_clause"))
        : Expressions.alwaysTrue();
  }

  /** Whether columns are called what they are: {@code readings AS r(a, b)} calls them anything. */
  public static boolean keepsNames(JsonNode from) {
    return from.path("column_name_alias").isEmpty();
  }

  // A sub-query elsewhere in the statement may read the same table under no condition at all.
  private static boolean onlyTable(JsonNode select, JsonNode from) {
    String text = select.toString();
    String marker = "\"BASE_TABLE\"";
    return text.indexOf(marker) == text.lastIndexOf(marker) && from.has("table_name");
  }

  private Expression condition(JsonNode node) {
    String type = node.path("type").asString("");
    if (type.equals("CONJUNCTION_AND")) {
      Expression all = Expressions.alwaysTrue();
      for (JsonNode child : node.path("children")) {
        all = Expressions.and(all, condition(child));
      }
      return all;
    }
    if (type.equals("COMPARE_BETWEEN")) {
      return Expressions.and(
          compare(Operation.GT_EQ, node.path("input"), node.path("lower")),
          compare(Operation.LT_EQ, node.path("input"), node.path("upper")));
    }
    Operation operation = COMPARISONS.get(type);
    return operation == null
        ? Expressions.alwaysTrue()
        : compare(operation, node.path("left"), node.path("right"));
  }

  private Expression compare(Operation operation, JsonNode column, JsonNode constant) {
    return column(column)
        .flatMap(
            name ->
                value(constant, schema.findType(name))
                    .<Expression>map(value -> Expressions.predicate(operation, name, value)))
        .orElse(Expressions.alwaysTrue());
  }

  /**
   * The table's column that a bare reference means. Where a name of the SELECT list is the same,
   * the column is meant: DuckDB looks for columns first.
   */
  private Optional<String> column(JsonNode node) {
    if (!node.path("type").asString("").equals("COLUMN_REF")) {
      return Optional.empty();
    }
    JsonNode names = node.path("column_names");
    boolean ours =
        names.size() == 1
            || (names.size() == 2
                && qualifiers.contains(names.get(0).asString("").toLowerCase(Locale.ROOT)));
    return ours
        ? Optional.of(names.get(names.size() - 1).asString("").toLowerCase(Locale.ROOT))
            .filter(name -> BOUNDED.contains(name) && schema.findField(name) != null)
        : Optional.empty();
  }

  private static Optional<Object> value(JsonNode node, Type type) {
    boolean cast = node.path("type").asString("").equals("OPERATOR_CAST");
    JsonNode constant = cast ? node.path("child") : node;
    if (!constant.path("type").asString("").equals("VALUE_CONSTANT")) {
      return Optional.empty();
    }
    JsonNode literal = constant.path("literal");
    String kind = literal.path("kind").asString("");
    String text = literal.path("text").asString("");
    return switch (type.typeId()) {
      case TIMESTAMP ->
          kind.equals("STRING") && (!cast || keepsTime(node, text))
              ? time(text).map(ReadingColumn::micros)
              : Optional.empty();
      case STRING -> kind.equals("STRING") && !cast ? Optional.of(text) : Optional.empty();
      case INTEGER, LONG ->
          kind.equals("INTEGER") && !cast && NUMBER.matcher(text).matches()
              ? Optional.of(Long.valueOf(text))
              : Optional.empty();
      default -> Optional.empty();
    };
  }

  // A cast may round: to a day, to a second. Only those that keep what the text says are followed.
  private static boolean keepsTime(JsonNode cast, String text) {
    JsonNode to = cast.path("type_expr");
    String name = to.path("type_name").asString("");
    return to.path("children").isEmpty()
        && (name.equals("TIMESTAMP")
            || name.equals("TIMESTAMPTZ")
            || name.equals("TIMESTAMP WITH TIME ZONE")
            || (name.equals("DATE") && text.length() == DATE_CHARS));
  }

  private static Optional<Instant> time(String text) {
    if (!TIME.matcher(text).matches()) {
      return Optional.empty();
    }
    String iso = text.replace(' ', 'T');
    try {
      if (iso.length() == DATE_CHARS) {
        return Optional.of(LocalDate.parse(iso).atStartOfDay(ZoneOffset.UTC).toInstant());
      }
      return Optional.of(
          iso.endsWith("Z")
              ? OffsetDateTime.parse(iso).toInstant()
              : LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
