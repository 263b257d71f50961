package io.telltale.lake;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.TenantId;
import io.telltale.testkit.Cases;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.apache.iceberg.expressions.Expressions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Firm ground 7: what files are passed over never changes an answer, nor what is behind it. */
class PruningTest {
  private static final List<String> ENVIRONMENTS = List.of("factory", "lab", "pump-1");
  private static final int DAYS = 4;

  @TempDir Path folder;
  private TestLake lake;
  private LakeFiles files;
  private FileVault vault;
  private OpenFiles open;
  private DuckSession parser;
  private Sandbox whole;
  private DuckSession all;

  @BeforeEach
  void fill() {
    lake = new TestLake(folder);
    int offset = 0;
    for (int day = 0; day < DAYS; day++) {
      for (String environment : ENVIRONMENTS) {
        var rows = new ArrayList<RawRow>();
        for (int i = 0; i < 12; i++, offset++) {
          Instant time = TestLake.NOON.plus(Duration.ofDays(day)).plusSeconds(i * 3_600L);
          rows.add(row(offset, 1 + offset % 7, environment, time));
        }
        lake.write(rows, List.of());
      }
    }
    var tables = new TableStore(lake.parts);
    var guard = new PointerGuard(tables, lake.parts.history());
    vault = new FileVault(lake.parts);
    open = new OpenFiles(vault, LakeMemory.STANDARD.idleBytes());
    files = new LakeFiles(lake.parts, tables, vault, guard, new Readers(), LakeMemory.STANDARD);
    parser = DuckSession.open(256, 1);
    whole = Sandbox.open(open, 256);
    all = session(whole, true, Json.parse("{}"));
  }

  @AfterEach
  void close() {
    whole.close();
    open.close();
    parser.close();
    files.close();
    lake.close();
  }

  private static RawRow row(int offset, int device, String environment, Instant time) {
    var scope = new Scope(TenantId.DEFAULT, environment, "eu", "pumps", Sensitivity.INTERNAL);
    return TestLake.inScope(TestLake.row(offset % 3, offset, device, offset % 10, time), scope);
  }

  private DuckSession session(Sandbox sandbox, boolean unpruned, JsonNode select) {
    try (Snapshot snapshot = files.snapshot(TenantId.DEFAULT)) {
      var filter = unpruned ? Expressions.alwaysTrue() : Pruning.filter(select, Tables.READINGS);
      List<SealedFile.Pair> some = snapshot.files(Tables.READINGS, filter);
      List<SealedFile> mains = some.stream().map(SealedFile.Pair::main).toList();
      assertThat(sandbox.add(Tables.READINGS, mains, vault, TestLake.OPERATOR)).isTrue();
    }
    return sandbox.lock();
  }

  private JsonNode parsed(String sql) {
    return Json.parse(parser.text("SELECT json_serialize_sql('" + sql.replace("'", "''") + "')"));
  }

  private static List<String> rows(DuckSession session, String sql) {
    try {
      return Sandbox.rows(session, sql).stream()
          .map(row -> row.values().toString())
          .sorted()
          .toList();
    } catch (QuestionFailed e) {
      return List.of("failed");
    }
  }

  /** How many files were read; answers and contributors must be those of all files. */
  private int compare(String sql, String from, String where) {
    JsonNode parsed = parsed(sql);
    assertThat(parsed.path("error").asBoolean(true)).as(sql).isFalse();
    List<String> expected = rows(all, sql);
    try (Sandbox sandbox = Sandbox.open(open, 256)) {
      DuckSession pruned = session(sandbox, false, Traceable.select(parsed));
      if (!expected.equals(List.of("failed"))) {
        assertThat(rows(pruned, sql)).as(sql).isEqualTo(expected);
        contributors(parsed, pruned, sql, from, where);
      }
      return sandbox.fileCount();
    }
  }

  private void contributors(
      JsonNode parsed, DuckSession pruned, String sql, String from, String where) {
    if (Traceable.obstacle(parsed).isPresent()) {
      return;
    }
    JsonNode listing = Traceable.contributing(parsed, parsed("SELECT * FROM readings"));
    String rowsSql =
        parser.text("SELECT json_deserialize_sql('" + listing.toString().replace("'", "''") + "')");
    Contributions found;
    try {
      found = Contributions.of(statement -> Sandbox.rows(pruned, statement), rowsSql);
    } catch (QuestionFailed e) {
      throw new AssertionError(sql + " is traceable and then fails: " + e.reason(), e);
    }
    Set<String> expected =
        new TreeSet<>(
            rows(all, "SELECT \"partition\", record_offset FROM " + from + " WHERE " + where));
    var shown = new TreeSet<String>();
    for (OffsetRange range : found.ranges()) {
      for (long offset = range.from(); offset <= range.to(); offset++) {
        shown.add(List.of((long) range.partition(), offset).toString());
      }
    }
    assertThat(shown).as(sql).isEqualTo(expected);
  }

  @Test
  void names_that_mean_other_columns_pass_over_nothing() {
    // The columns tenant, scope and device under the names a, b and scope.
    String renamed = "readings AS r(a, b, scope)";
    assertThat(compare("SELECT * FROM " + renamed + " WHERE scope = 'press-003'", renamed, "true"))
        .isEqualTo(24);
    assertThat(rows(all, "SELECT count(*) FROM " + renamed + " WHERE scope = 'press-003'"))
        .isNotEqualTo(List.of("[0]"));
    assertThat(Traceable.obstacle(parsed("SELECT count(*) FROM " + renamed + " WHERE b > 'x'")))
        .isPresent();
    String swapped = "SELECT device AS scope, scope AS device FROM readings WHERE device = ";
    assertThat(compare(swapped + "'press-001'", "readings", "device = 'press-001'")).isLessThan(24);
    assertThat(
            Traceable.obstacle(parsed("SELECT value * 2 AS twice FROM readings WHERE twice > 1")))
        .contains("a WHERE clause without names of the SELECT list: write what twice stands for");
  }

  @Test
  void casts_that_change_a_constant_pass_over_nothing() {
    for (String constant :
        List.of(
            "'2026-11-24 23:59:59'::DATE",
            "'2026-11-24 13:00:00.9'::TIMESTAMP_S",
            "TIMESTAMP(0) '2026-11-24 13:00:00.7'",
            "CAST('2026-11-24 13:00:00' AS DATE)::TIMESTAMPTZ")) {
      String where = "event_time >= " + constant;
      assertThat(compare("SELECT count(*) FROM readings WHERE " + where, "readings", where))
          .as(constant)
          .isEqualTo(24);
    }
    String kept = "event_time >= TIMESTAMP '2026-11-26 00:00:00'";
    assertThat(compare("SELECT count(*) FROM readings WHERE " + kept, "readings", kept))
        .isLessThan(24);
    String far = "event_time >= '290000-01-01 00:00:00'";
    assertThat(compare("SELECT count(*) FROM readings WHERE " + far, "readings", far))
        .isEqualTo(24);
  }

  @Test
  void random_questions_have_the_same_answers_and_contributors_with_and_without_pruning() {
    Cases.check(
        150,
        random -> {
          var question = new RandomQuestion(random);
          compare(question.sql(), question.from(), question.where());
        });
  }

  /** Conditions that can pass over files, in all the guises that SQL has for names. */
  private static final class RandomQuestion {
    private static final List<String> COLUMNS =
        List.of("scope", "device", "device_number", "event_time", "partition", "record_offset");
    private final RandomGenerator random;
    private final String from;
    private final String where;
    private final String sql;

    RandomQuestion(RandomGenerator random) {
      this.random = random;
      String alias =
          pick(
              "",
              "",
              "",
              " AS r",
              " scope",
              " AS device",
              " AS r(scope, device, tenant)",
              " AS r(a, b, scope)",
              " TABLESAMPLE SYSTEM(100%)");
      this.from = "readings" + alias;
      this.where = condition(2);
      this.sql = statement();
    }

    String sql() {
      return sql;
    }

    String from() {
      return from;
    }

    String where() {
      return where;
    }

    private String statement() {
      String list =
          pick(
              "count(*), sum(value)",
              "device, count(*)",
              "device AS scope, scope AS device, count(*)",
              "record_offset AS device_number, device_number AS record_offset, count(*)",
              "'factory' AS scope, count(*)",
              "value AS event_time, count(*)",
              "max(record_offset) AS n");
      String plain = "SELECT %s FROM %s WHERE %s GROUP BY ALL".formatted(list, from, where);
      return switch (random.nextInt(8)) {
        case 0 -> "WITH readings AS (SELECT * FROM readings) " + plain;
        case 1 -> "SELECT * FROM (" + plain + ") AS q";
        case 2 -> plain + " UNION ALL SELECT " + list + " FROM readings GROUP BY ALL";
        case 3 ->
            "SELECT count(*) FROM readings a JOIN readings b USING (record_offset) WHERE a."
                + condition(0)
                + " AND b."
                + condition(0);
        case 4 ->
            "SELECT count(*) FROM readings WHERE "
                + condition(1)
                + " AND record_offset IN (SELECT record_offset + 1 FROM readings WHERE "
                + condition(1)
                + ")";
        default -> plain;
      };
    }

    private String condition(int depth) {
      if (depth > 0 && random.nextInt(3) > 0) {
        String operator = pick(" AND ", " AND ", " OR ");
        String both = condition(depth - 1) + operator + condition(depth - 1);
        return random.nextInt(5) == 0 ? "NOT (" + both + ")" : "(" + both + ")";
      }
      String column = COLUMNS.get(random.nextInt(COLUMNS.size()));
      String name = name(depth, column);
      if (random.nextInt(6) == 0) {
        return name + " BETWEEN " + constant(column) + " AND " + constant(column);
      }
      return name + pick(" = ", " < ", " <= ", " > ", " >= ", " <> ") + constant(column);
    }

    private String name(int depth, String column) {
      String quoted = column.equals("partition") ? "\"partition\"" : column;
      return depth == 0
          ? quoted
          : pick(quoted, quoted, quoted, quoted.toUpperCase(java.util.Locale.ROOT), "r." + quoted);
    }

    private String constant(String column) {
      return switch (column) {
        case "scope" ->
            pick("'", "'default/")
                + pick(ENVIRONMENTS.toArray(String[]::new))
                + pick("/eu/pumps/internal'", "'", "/eu/pumps/internal' COLLATE NOCASE");
        case "device" -> "'press-00" + random.nextInt(8) + "'";
        case "event_time" ->
            pick("TIMESTAMP ", "", "TIMESTAMPTZ ", "DATE ")
                + "'2026-11-%d%s'"
                    .formatted(22 + random.nextInt(7), pick("", " 13:00:00", "T23:59:59.5Z"))
                + pick("", "", "::DATE", "::TIMESTAMP_S");
        default -> random.nextInt(160) + pick("", "", "::BIGINT", ".5", "::DOUBLE");
      };
    }

    private String pick(String... some) {
      return some[random.nextInt(some.length)];
    }
  }
}
