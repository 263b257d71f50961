package io.telltale.lake.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.Hmac;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.LakeMemory;
import io.telltale.lake.LakeTrace;
import io.telltale.lake.OffsetRange;
import io.telltale.lake.ProvenRecord;
import io.telltale.lake.RawRow;
import io.telltale.lake.RecordStory;
import io.telltale.lake.TestKeys;
import io.telltale.lake.TestLake;
import io.telltale.lake.TraceOutcome;
import io.telltale.lake.TraceReport;
import io.telltale.lake.WriteTest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceTest {
  @TempDir Path folder;
  private TestLake lake;
  private List<RawRow> rows;

  @BeforeEach
  void fill() {
    lake = new TestLake(folder);
    rows = TestLake.rows(0, 120, 5);
    lake.write(
        rows,
        List.of(
            TestLake.minute(TestLake.NOON, 1, rows.subList(0, 30)),
            TestLake.minute(TestLake.NOON, 2, rows.subList(0, 60)),
            TestLake.minute(TestLake.NOON.plusSeconds(60), 1, rows.subList(60, 120))));
  }

  @AfterEach
  void close() {
    lake.close();
  }

  private TraceReport trace(String sql) {
    return switch (lake.lake.trace().fromQuery(TestLake.ANALYST, sql, "test")) {
      case TraceOutcome.Traced(TraceReport report) -> report;
      case TraceOutcome.Refused refused -> throw new AssertionError(refused.toString());
    };
  }

  // AU-3: from a number to records, devices and certificates.
  @Test
  void lists_exactly_the_records_behind_a_number_over_readings() {
    TraceReport report =
        trace("SELECT avg(value) FROM readings r WHERE r.device = 'press-002' AND value > 24");
    List<RawRow> expected =
        rows.stream()
            .filter(row -> row.origin().deviceNumber() == 2)
            .filter(row -> row.value().orElseThrow() > 24)
            .toList();
    assertThat(report.rows()).isEqualTo(expected.size());
    assertThat(report.records()).isEqualTo(expected.size());
    assertThat(report.ranges().stream().mapToLong(OffsetRange::size).sum())
        .isEqualTo(expected.size());
    assertThat(report.sources())
        .singleElement()
        .satisfies(
            source -> {
              assertThat(source.device()).isEqualTo("press-002");
              assertThat(source.credential())
                  .isEqualTo(expected.getFirst().origin().credential().hex());
              assertThat(source.firmwareClaimed()).isEqualTo("1.2.0");
              assertThat(source.assurance()).isEqualTo("door-attested");
            });
    assertThat(report.answer().rows()).hasSize(1);
    assertThat(report.from()).contains(expected.getFirst().eventTime());
    assertThat(report.to()).contains(expected.getLast().eventTime());
    assertThat(lake.events)
        .extracting(event -> event.type())
        .containsExactly("query.started", "query.finished", "trace.made");
  }

  @Test
  void traces_aggregates_through_their_contributors() {
    TraceReport report =
        trace("SELECT sum(sum) / sum(count) FROM minutes WHERE metric = 'temperature'");
    assertThat(report.aggregates()).isEqualTo(2);
    assertThat(report.rows()).isEqualTo(120);
    assertThat(report.records()).isEqualTo(120);
    assertThat(report.sources()).hasSize(5);
    assertThat(report.agrees()).isTrue();
    TraceReport first =
        trace("SELECT max FROM minutes WHERE \"minute\" = TIMESTAMPTZ '2026-11-23 12:00:00Z'");
    assertThat(first.rows()).isEqualTo(60);
    assertThat(first.agrees()).isTrue();
  }

  @Test
  void sees_that_an_aggregate_claims_rows_which_are_not_there() {
    List<RawRow> invented = TestLake.rows(9_000, 10, 5);
    lake.write(List.of(), List.of(TestLake.minute(TestLake.NOON, 3, invented)));
    assertThat(trace("SELECT max FROM minutes").agrees()).isFalse();
  }

  @Test
  void means_the_same_moment_by_now_in_answer_and_trace() {
    TraceReport report =
        trace("SELECT count(*) FROM readings WHERE event_time > now() - INTERVAL 100 YEAR");
    assertThat(report.rows()).isEqualTo(120);
  }

  @Test
  void groups_do_not_change_what_contributed() {
    assertThat(trace("SELECT device, avg(value) FROM readings GROUP BY device").rows())
        .isEqualTo(120);
    assertThat(trace("SELECT 1 FROM readings WHERE false").rows()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT avg(value) FROM readings LIMIT 1",
        "SELECT DISTINCT device FROM readings",
        "SELECT device, avg(value) FROM readings GROUP BY 1 HAVING avg(value) > 3",
        "SELECT avg(value) FILTER (WHERE value > 3) FROM readings",
        "SELECT avg(value) FROM readings WHERE value > (SELECT avg(value) FROM readings)",
        "SELECT sum(value) OVER (PARTITION BY device) FROM readings",
        "SELECT * FROM readings JOIN minutes ON true",
        "SELECT * FROM readings USING SAMPLE 10%",
        "SELECT * FROM minute_revisions",
        "WITH r AS (SELECT * FROM readings) SELECT * FROM r",
        "SELECT 1 UNION ALL SELECT value FROM readings",
        "SELECT 1",
      })
  void refuses_what_it_cannot_trace_exactly(String sql) {
    assertThat(lake.lake.trace().fromQuery(TestLake.ANALYST, sql, "test"))
        .isInstanceOfSatisfying(
            TraceOutcome.Refused.class,
            refused -> assertThat(refused.code()).isEqualTo("not-traceable"));
  }

  // AU-1
  @Test
  void tells_the_story_of_one_record_backward_and_forward() {
    RawRow row = rows.get(7);
    RecordStory story =
        lake.lake.trace().fromRow(TestLake.ANALYST, row.partition(), row.offset()).orElseThrow();
    assertThat(story.facts())
        .containsEntry("device", "press-003")
        .containsEntry("credential", row.origin().credential().hex())
        .containsEntry("received", row.origin().received().toString())
        .containsEntry("gateway_chain", "direct")
        .containsEntry("enriched", "yes")
        .containsEntry("source_time", "unknown: not replayed from a file");
    assertThat(story.facts().get("provisioning")).startsWith("unknown: ");
    assertThat(story.facts().get("storage")).startsWith("data/");
    assertThat(story.readings()).hasSize(1);
    assertThat(story.fed()).extracting(RecordStory.Fed::revision).containsExactly(1, 2);
    assertThat(lake.lake.trace().fromRow(TestLake.ANALYST, 3, 99_999)).isEmpty();
  }

  // A clock that lost its battery may be at any time, a little before 1970 too.
  @Test
  void tells_which_minute_a_record_of_before_1970_is_in() {
    Instant minute = Instant.parse("1969-12-31T23:59:00Z");
    RawRow row = TestLake.row(5, 700, 3, 20, minute.plusMillis(29_500));
    lake.write(List.of(row), List.of(TestLake.minute(minute, 1, List.of(row))));
    RecordStory story = lake.lake.trace().fromRow(TestLake.ANALYST, 5, 700).orElseThrow();
    assertThat(story.fed()).extracting(RecordStory.Fed::minute).containsExactly(minute);
  }

  @Test
  void gives_the_sealed_halves_to_whoever_may_open_them() {
    TraceReport report = trace("SELECT avg(value) FROM readings WHERE device_number = 4");
    List<ProvenRecord> records =
        lake.lake.trace().records(TestLake.ANALYST, report.ranges(), 1_000);
    assertThat(records).hasSize(24);
    RawRow first =
        rows.stream()
            .filter(row -> row.offset() == records.getFirst().offset())
            .findFirst()
            .orElseThrow();
    assertThat(records.getFirst().originBytes()).isEqualTo(first.originBytes());
    assertThat(records.getFirst().payload()).isEqualTo(first.payload());
    assertThat(records.getFirst().payloadCommit())
        .isEqualTo(new Hmac().tag(first.payloadSalt(), first.payload()).value());
  }

  // AU-3: a million rows, of which a question reads all.
  @Test
  void traces_a_million_rows() {
    try (var large = new TestLake(folder.resolve("large"))) {
      for (int file = 0; file < 16; file++) {
        large.write(TestLake.log(file * 4_096, 4_096), List.of());
      }
      for (int round = 0; round < 3; round++) {
        long start = System.nanoTime();
        long cpu = WriteTest.cpuNanos();
        var outcome =
            large
                .lake
                .trace()
                .fromQuery(TestLake.ANALYST, "SELECT avg(value) FROM readings", "speed");
        long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
        assertThat(outcome).isInstanceOf(TraceOutcome.Traced.class);
        TraceReport report = ((TraceOutcome.Traced) outcome).report();
        assertThat(report.rows()).isEqualTo(16 * 65_536L);
        assertThat(report.ranges()).hasSize(16);
        System.out.printf(
            "trace: %,d rows, %d sources, %d ranges in %d ms (%d ms of CPU)%n",
            report.rows(),
            report.sources().size(),
            report.ranges().size(),
            millis,
            (WriteTest.cpuNanos() - cpu) / 1_000_000);
      }
    }
  }

  // Firm ground 17: what is copied for a question is memory that its engine does not count.
  @Test
  void a_question_that_reads_more_files_than_it_may_is_refused_and_says_how_to_narrow_it() {
    LakeMemory all = LakeMemory.STANDARD;
    var little =
        new LakeMemory(
            1, all.questionMegabytes(), all.answerBytes(), all.traceBytes(), 0, 20_000, 64);
    try (var small =
        new TestLake(folder.resolve("small"), new TestKeys(), objects -> objects, little)) {
      small.write(TestLake.rows(0, 120, 5), List.of());
      for (int i = 1; i < 9; i++) {
        small.write(TestLake.rows(i * 120L, 120, 5), List.of());
      }
      LakeTrace traces = small.lake.trace();
      assertThatThrownBy(
              () -> traces.records(TestLake.ANALYST, List.of(new OffsetRange(1, 0, 1_079)), 2_000))
          .hasMessageContaining("narrow it");
    }
  }

  // Firm ground 17
  @Test
  void records_that_are_too_large_together_are_refused_and_the_next_ones_are_given() {
    LakeMemory all = LakeMemory.STANDARD;
    var little =
        new LakeMemory(
            1,
            all.questionMegabytes(),
            all.answerBytes(),
            1_000,
            all.idleBytes(),
            all.fileBytes(),
            64);
    try (var small =
        new TestLake(folder.resolve("small"), new TestKeys(), objects -> objects, little)) {
      small.write(TestLake.rows(0, 120, 5), List.of());
      LakeTrace traces = small.lake.trace();
      assertThatThrownBy(
              () -> traces.records(TestLake.ANALYST, List.of(new OffsetRange(1, 0, 119)), 1_000))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("ask for fewer");
      assertThat(traces.records(TestLake.ANALYST, List.of(new OffsetRange(1, 0, 9)), 1_000))
          .hasSize(2);
    }
  }
}
