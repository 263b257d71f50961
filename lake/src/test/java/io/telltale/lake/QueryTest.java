package io.telltale.lake;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueryTest {
  @TempDir Path folder;
  private TestLake lake;

  @BeforeEach
  void fill() {
    lake = new TestLake(folder);
    List<RawRow> rows = TestLake.rows(0, 120, 5);
    lake.write(
        rows,
        List.of(
            TestLake.minute(TestLake.NOON, 1, rows.subList(0, 30)),
            TestLake.minute(TestLake.NOON, 2, rows.subList(0, 60))));
  }

  @AfterEach
  void close() {
    lake.close();
  }

  private QueryResult answer(String sql) {
    return switch (lake.lake.query().run(TestLake.ANALYST, sql, "test", QueryLimits.DEFAULT)) {
      case QueryOutcome.Answered(QueryResult result) -> result;
      case QueryOutcome.Refused refused -> throw new AssertionError(refused.toString());
    };
  }

  private QueryOutcome.Refused refusal(String sql) {
    return switch (lake.lake.query().run(TestLake.ANALYST, sql, "test", QueryLimits.DEFAULT)) {
      case QueryOutcome.Answered(QueryResult result) ->
          throw new AssertionError("answered: " + result.rows());
      case QueryOutcome.Refused refused -> refused;
    };
  }

  @Test
  void answers_with_typed_values_and_provenance() {
    QueryResult result =
        answer(
            """
            SELECT device, device_number, credential, count(*) AS n, avg(value) AS mean,
              min(event_time) AS first, bool_or(suspect) AS suspect, any_value(source_time) AS s
            FROM readings WHERE device = 'press-003' GROUP BY ALL\
            """);
    assertThat(result.rows()).hasSize(1);
    assertThat(result.rows().getFirst())
        .containsExactly(
            "press-003",
            3L,
            TestLake.origin(3, 0, TestLake.NOON).credential().hex(),
            24L,
            (Double) result.rows().getFirst().get(4),
            TestLake.NOON.plusSeconds(2),
            false,
            null);
    assertThat(result.columns().get(5).type()).isEqualTo("TIMESTAMP WITH TIME ZONE");
  }

  // AN-2: start before the first row, finish with the result's hash.
  @Test
  void records_start_and_finish() {
    QueryResult result = answer("SELECT count(*) FROM minutes");
    assertThat(lake.events)
        .extracting(event -> event.type())
        .containsExactly("query.started", "query.finished");
    assertThat(lake.events.getLast().details())
        .containsEntry("result", result.resultHash().hex())
        .containsEntry("rows", "1")
        .containsEntry("tables", "minutes");
    assertThat(lake.events.getFirst().details()).containsEntry("purpose", "test");
  }

  @Test
  void shows_the_latest_revision_of_a_minute_and_all_of_them_on_request() {
    assertThat(answer("SELECT revision, count FROM minutes").rows())
        .containsExactly(List.of(2L, 60L));
    assertThat(answer("SELECT revision FROM minute_revisions ORDER BY 1").rows())
        .containsExactly(List.of(1L), List.of(2L));
  }

  @Test
  void passes_over_files_that_cannot_hold_an_answer() {
    List<RawRow> later =
        List.of(TestLake.row(3, 500, 4, 33, TestLake.NOON.plus(Duration.ofDays(1))));
    lake.write(later, List.of());
    QueryResult result =
        answer("SELECT value FROM readings WHERE event_time >= TIMESTAMP '2026-11-24 00:00:00'");
    assertThat(result.rows()).containsExactly(List.of(33.0));
    assertThat(result.filesRead()).isEqualTo(1);
    assertThat(answer("SELECT count(*) FROM readings").filesRead()).isEqualTo(3);
  }

  @Test
  void cuts_at_the_row_limit_and_says_so() {
    var limits = new QueryLimits(10, 1 << 20, Duration.ofSeconds(5), 256);
    var outcome = lake.lake.query().run(TestLake.ANALYST, "SELECT * FROM readings", "test", limits);
    assertThat(outcome).isInstanceOf(QueryOutcome.Answered.class);
    QueryResult result = ((QueryOutcome.Answered) outcome).result();
    assertThat(result.rows()).hasSize(10);
    assertThat(result.truncated()).isTrue();
  }

  @Test
  void stops_at_the_time_limit() {
    var limits = new QueryLimits(10, 1 << 20, Duration.ofSeconds(1), 256);
    var outcome =
        lake.lake
            .query()
            .run(
                TestLake.ANALYST,
                "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE"
                    + " (a.range+b.range)%7=1",
                "test",
                limits);
    assertThat(outcome).isInstanceOf(QueryOutcome.Refused.class);
    assertThat(((QueryOutcome.Refused) outcome).code()).isEqualTo("timeout");
  }

  @Test
  void answers_nothing_under_a_disabled_key_and_again_when_enabled() {
    lake.keys.disable(TestLake.SCOPE);
    assertThat(refusal("SELECT count(*) FROM readings").code()).isEqualTo("no-key");
    lake.keys.enable(TestLake.SCOPE);
    assertThat(answer("SELECT count(*) FROM readings").rows()).containsExactly(List.of(120L));
  }

  @Test
  void answers_nothing_to_a_caller_without_grant() {
    lake.keys.refuse(TestLake.OPERATOR);
    assertThat(refusal("SELECT count(*) FROM readings").code()).isEqualTo("no-key");
  }

  @Test
  void answers_over_empty_tables() {
    try (var empty = new TestLake(folder.resolve("empty"))) {
      var outcome =
          empty
              .lake
              .query()
              .run(
                  TestLake.ANALYST,
                  "SELECT count(*), max(event_time) FROM readings, minutes",
                  "test",
                  QueryLimits.DEFAULT);
      assertThat(outcome).isInstanceOf(QueryOutcome.Answered.class);
    }
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
        "DESCRIBE readings",
        "SHOW TABLES",
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

  @Test
  void shows_no_payload_and_no_salt() {
    QueryResult result = answer("SELECT * FROM readings LIMIT 1");
    assertThat(result.columns())
        .extracting(QueryResult.Column::name)
        .doesNotContain("payload", "origin", "origin_salt", "payload_salt");
    assertThat(refusal("SELECT payload FROM readings").code()).isEqualTo("failed");
  }

  @Test
  void gives_the_same_hash_to_the_same_answer_only() {
    String sql = "SELECT device, value FROM readings ORDER BY ALL";
    assertThat(answer(sql).resultHash()).isEqualTo(answer(sql).resultHash());
    assertThat(answer(sql).resultHash())
        .isNotEqualTo(answer("SELECT device, value FROM readings ORDER BY ALL DESC").resultHash());
  }
}
