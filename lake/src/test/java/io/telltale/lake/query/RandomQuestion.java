package io.telltale.lake.query;

import io.telltale.lake.table.Tables;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** Random SELECTs over the lake's tables, in the guises that SQL has for names and constants. */
public final class RandomQuestion {
  /** What a list of names may call a column: bounded ones above all. */
  private static final List<String> NAMES =
      List.of(
          "a",
          "b",
          "scope",
          "device",
          "tenant",
          "record_offset",
          "event_time",
          "minute",
          "device_number",
          "partition",
          "value");

  /** What files are passed over by, and what they must not be passed over by. */
  private static final Set<String> BOUNDED =
      Set.of(
          "scope",
          "device",
          "device_number",
          "event_time",
          "minute",
          "revision",
          "partition",
          "record_offset");

  private static final Set<String> QUOTED = Set.of("partition", "minute", "count", "sum");

  private final RandomGenerator random;
  private final Constants constants;

  enum Kind {
    TEXT,
    WHOLE,
    TIME,
    REAL
  }

  /** A column as a FROM clause shows it; {@code of} is what its table calls it. */
  record Column(String name, Kind kind, String of) {}

  /** What a FROM clause reads and shows; {@code bare} where a name needs no qualifier. */
  record Source(String sql, String qualifier, boolean bare, List<Column> columns) {}

  /** {@code from} and {@code where} are the statement's own, where it reads one table. */
  public record Asked(String shape, String sql, String from, String where) {}

  public RandomQuestion(RandomGenerator random) {
    this.random = random;
    this.constants = new Constants(random);
  }

  // The first ones in the table's order: a list of names counts from there.
  private static List<Column> columns(String table) {
    return switch (table) {
      case Tables.READINGS ->
          List.of(
              of("tenant", Kind.TEXT),
              of("scope", Kind.TEXT),
              of("device", Kind.TEXT),
              of("device_number", Kind.WHOLE),
              of("partition", Kind.WHOLE),
              of("record_offset", Kind.WHOLE),
              of("event_time", Kind.TIME),
              of("metric", Kind.TEXT),
              of("value", Kind.REAL));
      default ->
          List.of(
              of("tenant", Kind.TEXT),
              of("scope", Kind.TEXT),
              of("environment", Kind.TEXT),
              of("region", Kind.TEXT),
              of("minute", Kind.TIME),
              of("revision", Kind.WHOLE),
              of("count", Kind.WHOLE),
              of("devices", Kind.WHOLE),
              of("metric", Kind.TEXT),
              of("sum", Kind.REAL));
    };
  }

  private static Column of(String name, Kind kind) {
    return new Column(name, kind, name);
  }

  public Asked next() {
    Source from = source(table());
    String where = where(from);
    return switch (random.nextInt(20)) {
      case 0 -> new Asked("with", with(), "", "");
      case 1 -> new Asked("from sub-query", nested(from, where), "", "");
      case 2 -> new Asked("set", set(from, where), "", "");
      case 3, 4 -> new Asked("join", join(), "", "");
      case 5 -> new Asked("in", in(from, where), "", "");
      case 6 -> new Asked("exists", exists(), "", "");
      case 7 -> new Asked("scalar", scalar(from, where), "", "");
      case 8 -> one("having", from, where, " GROUP BY ALL HAVING count(*) > 1");
      case 9 -> window(from, where);
      case 10 -> limited(from, where);
      case 11 -> alias();
      default -> one("plain", from, where, " GROUP BY ALL");
    };
  }

  private String table() {
    return pick(
        Tables.READINGS, Tables.READINGS, Tables.MINUTES, Tables.MINUTES, Tables.MINUTE_REVISIONS);
  }

  private Source source(String table) {
    List<Column> all = columns(table);
    return switch (random.nextInt(10)) {
      case 0 -> {
        String alias = pick("r", "scope", "device", "event_time");
        yield new Source(table + pick(" ", " AS ") + alias, alias, true, all);
      }
      case 1, 2, 3 -> renamed(table, all);
      case 4 -> new Source(table + " TABLESAMPLE SYSTEM(100%)", table, true, all);
      case 5 -> new Source(table.toUpperCase(Locale.ROOT), table, true, all);
      default -> new Source(table, table, true, all);
    };
  }

  private static Source named(String table, String alias) {
    return new Source(table + " AS " + alias, alias, false, columns(table));
  }

  private Source renamed(String table, List<Column> all) {
    var names = new ArrayList<>(NAMES);
    var shown = new ArrayList<Column>();
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      Column column = all.get(i);
      String name = names.remove(random.nextInt(names.size()));
      shown.add(new Column(name, column.kind(), column.of()));
    }
    List<String> given = shown.stream().map(Column::name).toList();
    all.stream().skip(count).filter(column -> !given.contains(column.name())).forEach(shown::add);
    String list = given.stream().map(name -> '"' + name + '"').collect(Collectors.joining(", "));
    return new Source("%s AS r(%s)".formatted(table, list), "r", true, shown);
  }

  private Asked one(String shape, Source from, String where, String end) {
    String sql = "SELECT " + list(from) + " FROM " + from.sql() + " WHERE " + where + end;
    return new Asked(shape, sql, from.sql(), where);
  }

  private String list(Source from) {
    Column x = column(from);
    Column y = column(from);
    String first = name(from, x);
    String second = name(from, y);
    return switch (random.nextInt(7)) {
      case 0 -> "count(*), max(" + first + "), min(" + second + ")";
      case 1 -> first + ", count(*), count(DISTINCT " + second + ")";
      case 2, 3 -> swapped(from, x, y) + ", count(*)";
      case 4 -> "'factory' AS " + quoted(x.name()) + ", count(*)";
      case 5 -> first + " AS " + quoted(NAMES.get(random.nextInt(NAMES.size()))) + ", count(*)";
      default -> first + ", " + second + ", count(*)";
    };
  }

  private String swapped(Source from, Column x, Column y) {
    return "%s AS %s, %s AS %s"
        .formatted(name(from, x), quoted(y.name()), name(from, y), quoted(x.name()));
  }

  private String with() {
    Source readings = new Source("readings", "readings", true, columns(Tables.READINGS));
    Source minutes = new Source("minutes", "minutes", true, columns(Tables.READINGS));
    String where = condition(readings, 1);
    return switch (random.nextInt(3)) {
      case 0 ->
          "WITH readings AS (SELECT * FROM readings WHERE %s) "
                  .formatted(pick("true", condition(readings, 0)))
              + one("", readings, where, " GROUP BY ALL").sql();
      case 1 ->
          "WITH minutes AS (SELECT * FROM readings) "
              + one("", minutes, condition(minutes, 1), " GROUP BY ALL").sql();
      default -> {
        Column x = readings.columns().get(1);
        Column y = readings.columns().get(2);
        yield "WITH readings AS (SELECT %s FROM readings) SELECT count(*) FROM readings WHERE %s"
            .formatted(swapped(readings, x, y), condition(only(readings, "readings", x, y), 1));
      }
    };
  }

  /** The two columns under each other's names. */
  private static Source only(Source from, String qualifier, Column x, Column y) {
    var columns =
        List.of(new Column(y.name(), x.kind(), x.of()), new Column(x.name(), y.kind(), y.of()));
    return new Source(from.sql(), qualifier, true, columns);
  }

  private String nested(Source from, String where) {
    Column x = column(from);
    Column y = column(from);
    if (x.equals(y)) {
      return "SELECT count(*) FROM (SELECT * FROM %s WHERE %s) AS q".formatted(from.sql(), where);
    }
    return "SELECT count(*) FROM (SELECT %s FROM %s WHERE %s) AS q WHERE %s"
        .formatted(swapped(from, x, y), from.sql(), where, condition(only(from, "q", x, y), 1));
  }

  private String set(Source from, String where) {
    String half = "SELECT %s, %s FROM %s".formatted(any(from), any(from), from.sql());
    return half
        + " WHERE "
        + where
        + pick(" UNION ALL ", " UNION ", " EXCEPT ", " INTERSECT ")
        + half
        + pick("", " WHERE " + condition(from, 1));
  }

  private String join() {
    Source a = named(table(), "a");
    Source b = named(table(), "b");
    String on = pick("a.scope = b.scope", "a.metric = b.metric AND a.scope = b.scope");
    String more = pick("", " AND " + condition(b, 0));
    return switch (random.nextInt(4)) {
      case 0 ->
          "SELECT count(*) FROM %s %s JOIN %s ON %s%s WHERE %s"
              .formatted(a.sql(), pick("SEMI", "ANTI"), b.sql(), on, more, condition(a, 1));
      case 1 ->
          "SELECT count(*) FROM %s, %s WHERE %s AND %s AND %s"
              .formatted(a.sql(), b.sql(), on, condition(a, 1), condition(b, 1));
      case 2 ->
          "SELECT scope, count(*) FROM %s JOIN %s USING (scope) WHERE %s GROUP BY ALL"
              .formatted(a.sql(), b.sql(), condition(b, 1));
      default ->
          "SELECT count(*), max(%s) FROM %s %s JOIN %s ON %s%s WHERE %s"
              .formatted(
                  any(b),
                  a.sql(),
                  pick("", "LEFT", "RIGHT", "FULL"),
                  b.sql(),
                  on,
                  more,
                  condition(random.nextBoolean() ? a : b, 1));
    };
  }

  private String in(Source from, String where) {
    Source inner = named(table(), "i");
    Column x = column(from);
    String some =
        inner.columns().stream()
            .filter(column -> column.kind() == x.kind())
            .findAny()
            .map(column -> name(inner, column))
            .orElseGet(() -> constants.of(x));
    return "SELECT count(*) FROM %s WHERE %s AND %s %s (SELECT %s FROM %s WHERE %s)"
        .formatted(
            from.sql(),
            where,
            name(from, x),
            pick("IN", "NOT IN"),
            some,
            inner.sql(),
            condition(inner, 1));
  }

  private String exists() {
    Source outer = named(table(), "o");
    Source inner = named(table(), "i");
    String some = "(SELECT 1 FROM %s WHERE i.scope = o.scope AND %s)";
    return ("SELECT count(*) FROM %s WHERE %s AND %s " + some)
        .formatted(
            outer.sql(),
            condition(outer, 1),
            pick("EXISTS", "NOT EXISTS"),
            inner.sql(),
            condition(inner, 1));
  }

  private String scalar(Source from, String where) {
    Source inner = named(table(), "i");
    return "SELECT (SELECT max(%s) FROM %s WHERE %s) AS most, count(*) FROM %s WHERE %s"
        .formatted(any(inner), inner.sql(), condition(inner, 1), from.sql(), where);
  }

  // Ranks and whole sums: what the order of equal rows cannot change.
  private Asked window(Source from, String where) {
    String sql =
        random.nextBoolean()
            ? "SELECT %s, count(*) OVER (PARTITION BY %s) FROM %s WHERE %s"
                .formatted(any(from), any(from), from.sql(), where)
            : ("SELECT %1$s FROM %2$s WHERE %3$s"
                    + " QUALIFY rank() OVER (PARTITION BY %4$s ORDER BY %1$s) < 3")
                .formatted(any(from), from.sql(), where, any(from));
    return new Asked("window", sql, from.sql(), where);
  }

  private Asked limited(Source from, String where) {
    String sql =
        random.nextBoolean()
            ? "SELECT DISTINCT %s FROM %s WHERE %s".formatted(any(from), from.sql(), where)
            : "SELECT %s, %s FROM %s WHERE %s ORDER BY ALL LIMIT 5"
                .formatted(any(from), any(from), from.sql(), where);
    return new Asked("limit", sql, from.sql(), where);
  }

  /** A name of the SELECT list in WHERE: one that only the other tables have as a column. */
  private Asked alias() {
    String table = table();
    var from = new Source(table, table, true, columns(table));
    Column x = column(from);
    String alias =
        table.equals(Tables.READINGS)
            ? pick("minute", "offsets", "twice")
            : pick("device", "event_time", "record_offset", "device_number", "partition");
    String where = comparison(quoted(alias), x);
    String sql =
        "SELECT %s AS %s, count(*) FROM %s WHERE %s GROUP BY ALL"
            .formatted(name(from, x), quoted(alias), table, where);
    return new Asked("alias", sql, table, where);
  }

  /** Mostly what passes over files, and more. */
  private String where(Source from) {
    if (random.nextInt(4) == 0) {
      return condition(from, 2);
    }
    Column column = bounded(from);
    String operator =
        column.kind() == Kind.TEXT ? " = " : pick(" = ", " < ", " <= ", " > ", " >= ");
    String sharp = name(from, column) + operator + constants.plain(column);
    return random.nextBoolean() ? sharp : sharp + " AND " + condition(from, 1);
  }

  private String condition(Source from, int depth) {
    if (depth > 0 && random.nextInt(3) > 0) {
      String operator = pick(" AND ", " AND ", " AND ", " OR ");
      String both = condition(from, depth - 1) + operator + condition(from, depth - 1);
      return random.nextInt(6) == 0 ? "NOT (" + both + ")" : "(" + both + ")";
    }
    Column column = random.nextInt(4) == 0 ? column(from) : bounded(from);
    return comparison(name(from, column), column);
  }

  /** One by whose name files could be passed over, whatever it means here. */
  private Column bounded(Source from) {
    List<Column> some =
        from.columns().stream().filter(column -> BOUNDED.contains(column.name())).toList();
    return some.isEmpty() ? column(from) : some.get(random.nextInt(some.size()));
  }

  private String comparison(String name, Column column) {
    String left = random.nextInt(6) == 0 ? constants.disguised(name, column.kind()) : name;
    String constant = constants.of(column);
    return switch (random.nextInt(9)) {
      case 0 -> left + " BETWEEN " + constant + " AND " + constants.of(column);
      case 1 -> constant + pick(" = ", " < ", " >= ") + left;
      case 2 -> left + " IN (" + constant + ", " + constant + ")";
      case 3 -> left + " IS NOT DISTINCT FROM " + constant;
      default -> left + pick(" = ", " < ", " <= ", " > ", " >= ", " <> ") + constant;
    };
  }

  private Column column(Source from) {
    return from.columns().get(random.nextInt(from.columns().size()));
  }

  private String any(Source from) {
    return name(from, column(from));
  }

  private String name(Source from, Column column) {
    String name = quoted(column.name());
    return from.bare() && random.nextInt(4) > 0 ? name : from.qualifier() + "." + name;
  }

  private String quoted(String name) {
    String cased = random.nextInt(4) == 0 ? name.toUpperCase(Locale.ROOT) : name;
    return QUOTED.contains(name) || random.nextInt(5) == 0 ? '"' + cased + '"' : cased;
  }

  private String pick(String... some) {
    return some[random.nextInt(some.length)];
  }

  /** Constants that are near what the tables hold, as they are or cast. */
  private record Constants(RandomGenerator random) {
    String of(Column column) {
      return switch (column.kind()) {
        case TEXT -> text(column.of());
        case WHOLE -> whole(column.of());
        case TIME -> time();
        case REAL -> random.nextInt(12) + pick("", ".5", "::DOUBLE", "::INTEGER");
      };
    }

    /** The same column as an expression that is none. */
    String disguised(String name, Kind kind) {
      return switch (kind) {
        case TEXT -> pick(name + "::VARCHAR", "lower(" + name + ")", "coalesce(" + name + ", 'x')");
        case WHOLE -> pick(name + "::DOUBLE", name + "::BIGINT", "(" + name + " + 1)");
        case TIME -> pick(name + "::DATE", "date_trunc('day', " + name + ")", name + "::TIMESTAMP");
        case REAL -> pick(name + "::INTEGER", "(" + name + " * 2)");
      };
    }

    /** One that is what it seems. */
    String plain(Column column) {
      return switch (column.kind()) {
        case TEXT -> "'" + word(column.of()) + "'";
        case WHOLE -> Integer.toString(number(column.of()));
        case TIME -> "'" + day() + "'";
        case REAL -> Integer.toString(random.nextInt(12));
      };
    }

    private String word(String of) {
      String environment = pick("factory", "lab", "pump-1");
      return switch (of) {
        case "scope" -> "default/" + environment + "/eu/pumps/internal";
        case "device" -> "press-00" + random.nextInt(8);
        case "environment" -> environment;
        case "metric" -> pick("temperature", "power");
        default -> pick("default", "eu", "other");
      };
    }

    private String text(String of) {
      String value = word(of);
      String quoted = "'" + value + "'";
      return switch (random.nextInt(7)) {
        case 0 -> quoted + "::VARCHAR";
        case 1 -> quoted + " COLLATE NOCASE";
        case 2 -> "('" + value.charAt(0) + "' || '" + value.substring(1) + "')";
        default -> quoted;
      };
    }

    private int number(String of) {
      int bound =
          switch (of) {
            case "record_offset" -> 160;
            case "device_number" -> 9;
            default -> 4;
          };
      return random.nextInt(bound);
    }

    private String whole(String of) {
      int number = number(of);
      return switch (random.nextInt(10)) {
        case 0 -> number + "::BIGINT";
        case 1 -> number + ".5";
        case 2 -> number + "::DOUBLE";
        case 3 -> "'" + number + "'";
        case 4 -> number + ".7::INTEGER";
        case 5 -> number + ".5::DECIMAL(9, 0)";
        default -> Integer.toString(number);
      };
    }

    private String day() {
      return "2026-11-" + (22 + random.nextInt(7));
    }

    private String time() {
      String day = day();
      String full = day + pick("", " 13:00:00", " 13:00:00.7", "T23:59:59.5Z", " 12:00:00+02");
      String quoted = "'" + full + "'";
      return switch (random.nextInt(12)) {
        case 0 -> "DATE '" + day + "'";
        case 1 -> quoted + "::DATE";
        case 2 -> quoted + "::TIMESTAMP_S";
        case 3 -> quoted + "::TIMESTAMP_MS";
        case 4 -> "CAST(" + quoted + " AS DATE)::TIMESTAMPTZ";
        case 5 -> "TIMESTAMP(0) " + quoted;
        case 6 -> pick("'infinity'", "'290000-01-01 00:00:00'", "'1970-01-01'");
        case 7, 8 -> "TIMESTAMPTZ " + quoted;
        case 9 -> "TIMESTAMP " + quoted;
        default -> quoted;
      };
    }

    private String pick(String... some) {
      return some[random.nextInt(some.length)];
    }
  }
}
