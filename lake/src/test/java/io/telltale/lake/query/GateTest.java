package io.telltale.lake.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.lake.QueryLimits;
import io.telltale.lake.QueryOutcome;
import io.telltale.lake.QueryResult;
import io.telltale.lake.RawRow;
import io.telltale.lake.TestLake;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The first wall, and what a question may cost. */
class GateTest {
  @TempDir static Path folder;
  private static TestLake lake;

  @BeforeAll
  static void fill() {
    lake = new TestLake(folder);
    List<RawRow> rows = TestLake.rows(0, 60, 5);
    lake.write(rows, List.of(TestLake.minute(TestLake.NOON, 1, rows)));
  }

  @AfterAll
  static void close() {
    lake.close();
  }

  private static QueryOutcome ask(String sql, QueryLimits limits) {
    return lake.lake.query().run(TestLake.ANALYST, sql, "test", limits);
  }

  private static QueryResult answer(String sql) {
    return switch (ask(sql, QueryLimits.DEFAULT)) {
      case QueryOutcome.Answered(QueryResult result) -> result;
      case QueryOutcome.Refused refused -> throw new AssertionError(refused.toString());
    };
  }

  private static QueryOutcome.Refused refusal(String sql, QueryLimits limits) {
    return switch (ask(sql, limits)) {
      case QueryOutcome.Answered(QueryResult result) ->
          throw new AssertionError("answered: " + result.rows());
      case QueryOutcome.Refused refused -> refused;
    };
  }

  private static QueryOutcome.Refused refusal(String sql) {
    return refusal(sql, QueryLimits.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT device, value FROM readings ORDER BY event_time LIMIT 3",
        "WITH hot AS (SELECT * FROM readings WHERE value > 25) SELECT device, count(*) FROM hot"
            + " GROUP BY 1",
        "SELECT * FROM (SELECT device, value FROM readings) t JOIN minutes m ON true",
        "SELECT device, row_number() OVER (PARTITION BY device ORDER BY event_time) FROM readings",
        "SELECT time_bucket(INTERVAL '10 seconds', event_time), quantile_cont(value, 0.9) FROM"
            + " readings GROUP BY 1",
        "SELECT CASE WHEN value > 3 THEN 'a' ELSE 'b' END, value::INTEGER, value BETWEEN 1 AND 2"
            + " FROM readings",
        "SELECT * EXCLUDE (labels) FROM readings WHERE device IN ('press-001', 'press-002')",
        "SELECT labels->>'colour', count(*) FROM readings GROUP BY ALL HAVING count(*) > 1",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "FROM readings SELECT device",
        "SELECT list_transform([1,2], lambda x: x + 1), [y * 2 for y in [1,2]]",
        "SELECT DISTINCT ON (device) device, value FROM readings",
        "SELECT now() > event_time, current_date, extract(hour FROM event_time) FROM readings",
        "SELECT avg(value) FILTER (WHERE value > 3) FROM readings",
        "SELECT device, (SELECT max(sum) FROM minutes) FROM readings WHERE device LIKE 'p%'",
        "SELECT r.device FROM readings r SEMI JOIN minutes m ON r.site = m.site",
      })
  void answers_ordinary_questions(String sql) {
    assertThat(answer(sql).columns()).isNotEmpty();
  }

  // Everything that reaches outside, changes something, or tells of the machine.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/proc/self/environ')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('/proc/self/fd/12')",
        "SELECT * FROM parquet_metadata('/proc/self/fd/12')",
        "SELECT * FROM '/proc/self/fd/12'",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM \"/etc/hosts.csv\"",
        "SELECT * FROM 'https://example.org/a.parquet'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "COPY readings TO '/tmp/stolen.csv'",
        "COPY (SELECT 1) TO '/proc/self/fd/12'",
        "EXPORT DATABASE '/tmp/stolen'",
        "ATTACH '/tmp/x.db' AS x",
        "ATTACH ':memory:' AS x",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA database_list",
        "PRAGMA add_parquet_key('a', '0123456789abcdef')",
        "SET memory_limit = '10GB'",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM duckdb_views()",
        "SELECT * FROM duckdb_views",
        "SELECT sql FROM sqlite_master",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM pg_catalog.pg_views",
        "SELECT * FROM main.readings",
        "SELECT * FROM memory.main.readings",
        "SELECT current_setting('allowed_paths')",
        "SELECT getenv('HOME')",
        "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM query_table('readings')",
        "SELECT json_serialize_plan('SELECT * FROM readings')",
        "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
        "WITH duckdb_views AS (SELECT 1) SELECT 1",
        "SELECT (WITH pg_views AS (SELECT 1) SELECT 1), * FROM pg_views",
        "SELECT pg_sleep(100)",
        "SELECT sleep_ms(100000)",
        "SELECT write_log('x')",
        "SELECT pg_get_viewdef(1)",
        "SELECT version()",
        "SUMMARIZE readings",
        "SELECT * FROM (DESCRIBE readings)",
        "SELECT * FROM (SHOW ALL TABLES)",
        "EXPLAIN SELECT * FROM readings",
        "EXPLAIN ANALYZE SELECT * FROM readings",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP VIEW readings",
        "DROP VIEW readings",
        "CREATE TABLE x AS SELECT * FROM readings",
        "CREATE TEMP TABLE x AS SELECT 1",
        "CREATE VIEW y AS SELECT 1",
        "INSERT INTO readings VALUES (1)",
        "DELETE FROM readings",
        "UPDATE readings SET value = 1",
        "CALL duckdb_tables()",
        "CHECKPOINT",
        "BEGIN",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "SELECT * FROM readings AT (VERSION => 1)",
        "SELECT * FROM readings_sealed",
        "SELECT * FROM nosuch",
        "SELECT ?",
        "SELECT $1",
        "",
        ";",
        "not sql at all",
      })
  void refuses_to_reach_outside(String sql) {
    QueryOutcome.Refused refused = refusal(sql);
    assertThat(refused.message()).doesNotContain("root:");
    if (!sql.contains("/proc")) {
      assertThat(refused.message()).doesNotContain("/proc");
    }
    assertThat(lake.events.getLast().type()).isIn("query.refused", "query.finished");
  }

  private static QueryLimits small(Duration time) {
    return new QueryLimits(1_000, 1 << 20, time, 128);
  }

  // PR-4: what one question takes is taken from nobody else.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE (a.range+b.range)%7=1",
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t) SELECT count(*) FROM t",
      })
  void stops_what_never_ends(String sql) {
    QueryOutcome.Refused refused = refusal(sql, small(Duration.ofSeconds(2)));
    assertThat(refused.code()).isIn("timeout", "memory");
    assertThat(lake.events.getLast().details()).containsEntry("outcome", refused.code());
    assertThat(answer("SELECT 1").rows()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT list(a.range || repeat('x', 1000)) FROM range(10000000) a",
        "SELECT sum(length(x)) FROM (SELECT DISTINCT repeat(range::VARCHAR, 100) x FROM"
            + " range(50000000))",
        "SELECT repeat('x', 2000000000)",
      })
  void stops_what_takes_too_much_memory(String sql) {
    QueryOutcome.Refused refused = refusal(sql, small(Duration.ofSeconds(60)));
    assertThat(refused.code()).as(refused.toString()).isEqualTo("memory");
    assertThat(answer("SELECT 1").rows()).hasSize(1);
  }

  @Test
  void says_what_went_wrong_in_the_middle_of_an_answer() {
    QueryOutcome.Refused refused =
        refusal("SELECT CAST('x' || range AS INT) FROM range(10)", small(Duration.ofSeconds(30)));
    assertThat(refused.message()).contains("Could not convert string 'x0' to INT32");
  }

  @Test
  void cuts_an_answer_of_billions_of_rows() {
    var outcome = ask("SELECT range, 'x' FROM range(10000000000)", small(Duration.ofSeconds(30)));
    assertThat(outcome).isInstanceOf(QueryOutcome.Answered.class);
    assertThat(((QueryOutcome.Answered) outcome).result().truncated()).isTrue();
    assertThat(((QueryOutcome.Answered) outcome).result().rows()).hasSize(1_000);
  }
}
