package io.telltale.lake.query;

import io.telltale.engine.EngineMessages;
import io.telltale.engine.QuestionFailed;
import io.telltale.kernel.Resources;
import io.telltale.lake.table.Json;
import io.telltale.lake.table.Tables;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Lets through single SELECT statements over the lake's own tables. Everything is allow-listed on
 * DuckDB's own parse tree: kinds of nodes, tables, functions; what a newer DuckDB adds is refused
 * until someone looks at it.
 */
public final class SqlGate {
  private static final int SQL_CHARS_MAX = 65_536;
  private static final Set<String> TABLES =
      Set.of(Tables.READINGS, Tables.MINUTES, Tables.MINUTE_REVISIONS);
  private static final Set<String> TABLE_FUNCTIONS = Set.of("range", "generate_series", "unnest");
  private static final Set<String> FUNCTIONS = functions();
  private static final Pattern CTE_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");
  private static final Pattern CATALOG_NAME =
      Pattern.compile("(duckdb_|pg_|sqlite_|pragma_|information_).*");
  private static final Set<String> EXPRESSIONS =
      Set.of(
          "COLUMN_REF",
          "CONSTANT",
          "FUNCTION",
          "COMPARISON",
          "CONJUNCTION",
          "CAST",
          "OPERATOR",
          "CASE",
          "BETWEEN",
          "STAR",
          "SUBQUERY",
          "WINDOW",
          "LAMBDA",
          "LAMBDA_REF",
          "POSITIONAL_REFERENCE",
          "COLLATE",
          "TYPE");
  private static final Set<String> NODES =
      Set.of(
          "SELECT_NODE",
          "SET_OPERATION_NODE",
          "RECURSIVE_CTE_NODE",
          "CTE_NODE",
          "EMPTY",
          "BASE_TABLE",
          "SUBQUERY",
          "JOIN",
          "EXPRESSION_LIST",
          "TABLE_FUNCTION",
          "LIMIT_MODIFIER",
          "LIMIT_PERCENT_MODIFIER",
          "ORDER_MODIFIER",
          "DISTINCT_MODIFIER",
          "ORDER_DEFAULT",
          "ASCENDING",
          "DESCENDING");

  /** The gate's answer. */
  public sealed interface Verdict {
    /** One SELECT; {@code tables} are those of the lake that it may read. */
    record Allowed(JsonNode statement, Set<String> tables) implements Verdict {}

    record Denied(String code, String message) implements Verdict {}
  }

  /** Has {@code sql} parsed by {@code parser}, which is not believed to be harmless itself. */
  public Verdict check(String sql, Question parser) throws QuestionFailed {
    if (sql.length() > SQL_CHARS_MAX) {
      return new Verdict.Denied("too-long", "a question has at most 65536 characters");
    }
    JsonNode parsed;
    try {
      parsed = Json.parse(parser.parse(sql));
    } catch (JacksonException e) {
      return new Verdict.Denied("too-complex", "the statement is nested too deeply");
    }
    if (parsed.path("error").asBoolean(true)) {
      return parsed.path("error_type").asString("").equals("parser")
          ? new Verdict.Denied("syntax", mistake(sql, parsed))
          : new Verdict.Denied("not-a-select", "only SELECT is allowed here");
    }
    JsonNode statements = parsed.path("statements");
    if (statements.size() != 1) {
      return new Verdict.Denied("not-a-select", "exactly one SELECT statement is allowed");
    }
    var walk = new Walk();
    try {
      walk.collectNames(statements);
      walk.check(statements);
    } catch (Forbidden e) {
      return new Verdict.Denied(e.code, e.message);
    }
    return new Verdict.Allowed(parsed, Set.copyOf(walk.tables));
  }

  private static String mistake(String sql, JsonNode parsed) {
    String message = EngineMessages.forAnalyst(parsed.path("error_message").asString(""));
    String position = parsed.path("position").asString("");
    return position.matches("[0-9]{1,6}")
        ? message + EngineMessages.at(sql, Integer.parseInt(position))
        : message;
  }

  private static Set<String> functions() {
    return Resources.bytes(SqlGate.class, "sql-functions.txt")
        .asUtf8()
        .lines()
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Leaves the recursion; never leaves this class. */
  private static final class Forbidden extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String code;
    private final String message;

    Forbidden(String code, String message) {
      super(message, null, false, false);
      this.code = code;
      this.message = message;
    }
  }

  private static final class Walk {
    private final Set<String> ctes = new HashSet<>();
    private final Set<String> tables = new TreeSet<>();

    // A name given by WITH may be used outside its scope, where DuckDB would look in its catalog:
    // so no such name may be one that the catalog has.
    void collectNames(JsonNode node) {
      JsonNode map = node.path("cte_map").path("map");
      for (JsonNode entry : map) {
        String name = entry.path("key").asString("").toLowerCase(Locale.ROOT);
        if (!CTE_NAME.matcher(name).matches() || CATALOG_NAME.matcher(name).matches()) {
          throw new Forbidden("unknown-table", "WITH may not name a table " + name);
        }
        ctes.add(name);
      }
      for (JsonNode child : node) {
        collectNames(child);
      }
    }

    void check(JsonNode node) {
      if (node.isObject()) {
        if (node.has("class")) {
          expression(node);
        } else if (node.has("type") && node.get("type").isString()) {
          plain(node);
        }
      }
      for (JsonNode child : node) {
        check(child);
      }
    }

    private void expression(JsonNode node) {
      String kind = node.get("class").asString("");
      if (!EXPRESSIONS.contains(kind)) {
        throw new Forbidden("forbidden-construct", "not allowed here: " + kind);
      }
      if (node.has("function_name")) {
        function(node, FUNCTIONS);
      }
    }

    private static void function(JsonNode node, Set<String> allowed) {
      String name = node.get("function_name").asString("").toLowerCase(Locale.ROOT);
      if (!allowed.contains(name) || qualified(node)) {
        throw new Forbidden("forbidden-function", "the function " + name + " is not allowed");
      }
    }

    private void plain(JsonNode node) {
      String type = node.get("type").asString("");
      if (!NODES.contains(type)) {
        throw new Forbidden(
            "forbidden-construct",
            type.equals("SHOW_REF") ? Catalogue.NOT_KNOWN : "not allowed here: " + type);
      }
      if (type.equals("BASE_TABLE")) {
        table(node);
      } else if (type.equals("TABLE_FUNCTION")) {
        function(node.path("function"), TABLE_FUNCTIONS);
      }
    }

    private void table(JsonNode node) {
      String name = node.path("table_name").asString("").toLowerCase(Locale.ROOT);
      boolean plainName = !qualified(node) && !node.path("at_clause").isObject();
      if (plainName && TABLES.contains(name)) {
        tables.add(name);
      } else if (!plainName || !ctes.contains(name)) {
        throw new Forbidden(
            "unknown-table",
            "there is no table " + name + "; there are readings, minutes and minute_revisions");
      }
    }

    private static boolean qualified(JsonNode node) {
      return node.path("qualified_name").path("path").size() > 1
          || !node.path("schema_name").asString("").isEmpty()
          || !node.path("schema").asString("").isEmpty()
          || !node.path("catalog_name").asString("").isEmpty()
          || !node.path("catalog").asString("").isEmpty();
    }
  }
}
