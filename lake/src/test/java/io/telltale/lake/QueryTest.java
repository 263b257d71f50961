package io.telltale.lake;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.engine.DuckSession;
import io.telltale.engine.ResultColumn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  // Firm ground 18 and 28
  @Test
  void labels_called_like_columns_lie_apart_from_what_the_registry_knows() {
    List<String> names =
        List.of("device_type", "product_line", "owner_team", "provisioning", "site", "type");
    var labels = new HashMap<String, String>();
    names.forEach(name -> labels.put(name, "label"));
    RawRow labelled =
        TestLake.withAsset(
            TestLake.row(9, 900, 9, 1, TestLake.NOON),
            new Asset("prod", "eu", "pumps", "hall-9", "press", "team-9", "est-token", labels));
    lake.write(List.of(labelled), List.of());
    QueryResult result =
        answer(
            """
            SELECT device_type, product_line, owner_team, site, provisioning,
              labels->>'device_type', labels->>'provisioning'
            FROM readings WHERE device = 'press-009'\
            """);
    assertThat(result.rows().getFirst())
        .containsExactly("press", "pumps", "team-9", "hall-9", "est-token", "label", "label");
  }

  @Test
  void tables_and_their_columns_can_be_asked_for() {
    assertThat(answer("show tables;").rows())
        .extracting(List::getFirst)
        .containsExactly("readings", "minutes", "minute_revisions");
    for (String table : List.of("readings", "minutes", "minute_revisions")) {
      List<List<Object>> described = new ArrayList<>();
      answer("DESCRIBE " + table).rows().forEach(row -> described.add(List.copyOf(row)));
      var real = new ArrayList<List<Object>>();
      answer("SELECT * FROM " + table + " LIMIT 1")
          .columns()
          .forEach(
              column ->
                  real.add(
                      List.of(
                          column.name(),
                          column.type().replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"))));
      assertThat(described).isEqualTo(real);
    }
    for (String other : List.of("DESCRIBE duckdb_settings", "DESCRIBE nope")) {
      assertThat(refusal(other).code()).isEqualTo("forbidden-construct");
      assertThat(refusal(other).message()).contains("DESCRIBE readings, minutes or minute_rev");
    }
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

  @Test
  void gives_the_same_rows_as_parquet() throws IOException {
    String sql = "SELECT device, value, event_time FROM readings ORDER BY ALL; -- all of them";
    var asking = new LakeQuery.Asking(sql, "test", true);
    var outcome =
        lake.lake
            .query()
            .run(TestLake.ANALYST, asking, QueryLimits.DEFAULT.with(7, Duration.ofSeconds(30)));
    assertThat(outcome).isInstanceOf(QueryOutcome.Answered.class);
    QueryResult result = ((QueryOutcome.Answered) outcome).result();
    assertThat(result.truncated()).isTrue();
    assertThat(result.rows()).hasSize(7);
    Path file = Files.write(folder.resolve("x.parquet"), result.parquet().orElseThrow().toArray());
    try (DuckSession duck = DuckSession.open(128, 1)) {
      String same = "SELECT count(*)::VARCHAR || max(device) FROM '" + file + "'";
      assertThat(duck.text(same)).isEqualTo("7press-001");
    }
    assertThat(answer(sql).parquet()).isEmpty();
  }

  @Test
  void says_what_is_wrong_and_where() {
    assertThat(refusal("SELECT device\nFORM readings").message()).contains("line 2, column 6");
    assertThat(refusal("SELECT devic FROM readings").message())
        .contains("devic", "device_number", "line 1, column 8");
    assertThat(refusal("SELECT 1 +").message()).contains("at");
  }

  @Test
  void shows_no_payload_and_no_salt() {
    QueryResult result = answer("SELECT * FROM readings LIMIT 1");
    assertThat(result.columns())
        .extracting(ResultColumn::name)
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
