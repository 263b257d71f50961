package io.telltale.lake;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.lake.write.MinutesBack;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class WriteTest {
  @TempDir Path folder;

  @Test
  void moves_the_pointers_of_both_tables_in_the_callers_transaction() {
    try (var lake = new TestLake(folder)) {
      List<RawRow> rows = TestLake.rows(0, 60, 5);
      var events = lake.write(rows, List.of(TestLake.minute(TestLake.NOON, 1, rows)));
      assertThat(events)
          .extracting(event -> event.type() + " " + event.subject())
          .containsExactly("table.moved table/readings", "table.moved table/minutes");
      assertThat(lake.lake.pointers()).hasSize(2);
      assertThat(lake.lake.pointers().getFirst().hash().hex())
          .isEqualTo(events.getFirst().details().get("new"));
    }
  }

  @Test
  void reads_back_the_newest_revision_of_each_aggregate_of_a_scope_and_day() {
    try (var lake = new TestLake(folder)) {
      List<RawRow> rows = TestLake.rows(0, 60, 5);
      Instant noon = TestLake.NOON;
      Instant nextDay = noon.plus(1, ChronoUnit.DAYS);
      lake.write(rows, List.of(TestLake.minute(noon, 1, rows.subList(0, 10))));
      lake.write(
          List.of(),
          List.of(TestLake.minute(noon, 2, rows), TestLake.minute(nextDay, 1, rows.subList(0, 3))));
      MinuteSpan day = lake.lake.writer().minutes(TestLake.SCOPE, noon.plusSeconds(60));
      assertThat(day.from()).isEqualTo(noon.truncatedTo(ChronoUnit.DAYS));
      assertThat(day.to()).isEqualTo(nextDay.truncatedTo(ChronoUnit.DAYS));
      MinuteRow newest = TestLake.minute(noon, 2, rows);
      assertThat(day.rows()).containsExactly(newest.withLineage(0, newest.contributors(), ""));
      MinuteSpan before =
          lake.lake.writer().minutes(TestLake.SCOPE, noon.minus(900, ChronoUnit.DAYS));
      assertThat(before.rows()).isEmpty();
    }
  }

  // A day of wide aggregates is more than the heap and the engine have.
  @Test
  void reads_back_no_more_than_it_may_hold_at_once() {
    try (var lake = new TestLake(folder)) {
      List<RawRow> rows = TestLake.rows(0, 60, 5);
      Instant noon = TestLake.NOON;
      var minutes = new ArrayList<MinuteRow>();
      for (int i = 0; i < 120; i++) {
        minutes.add(TestLake.minute(noon.plusSeconds(60L * i), 1, rows));
      }
      lake.write(rows, minutes);
      Instant asked = noon.plusSeconds(60);
      MinutesBack back = ((SealingWriter) lake.lake.writer()).back();
      assertThat(back.around(TestLake.SCOPE, asked, 1L << 20).rows()).hasSize(120);
      assertThat(back.around(TestLake.SCOPE, asked, 25_000).rows()).hasSize(60);
      MinuteSpan alone = back.around(TestLake.SCOPE, asked, 1);
      MinuteRow stored = minutes.get(1);
      assertThat(alone.rows()).containsExactly(stored.withLineage(0, stored.contributors(), ""));
      assertThat(alone.to()).isEqualTo(asked.plusSeconds(60));
    }
  }

  @Test
  void large_batches_are_written_whole_and_their_speed_is_printed() {
    try (var lake = new TestLake(folder)) {
      List<RawRow> rows = TestLake.rows(0, 65_536, 200);
      for (int round = 0; round < 6; round++) {
        long start = System.nanoTime();
        long cpu = cpuNanos();
        var prepared = lake.lake.writer().prepare(rows, List.of());
        long prepareNanos = System.nanoTime() - start;
        lake.commit(prepared);
        long nanos = System.nanoTime() - start;
        System.out.printf(
            "write: %d rows prepare %d ms commit %d ms: %,d rows/s, %,d rows/CPU-s%n",
            rows.size(),
            prepareNanos / 1_000_000,
            (nanos - prepareNanos) / 1_000_000,
            rows.size() * 1_000_000_000L / nanos,
            rows.size() * 1_000_000_000L / (cpuNanos() - cpu));
      }
      assertThat(
              lake.lake
                  .query()
                  .run(
                      TestLake.ANALYST,
                      "SELECT count(*) FROM readings",
                      "test",
                      QueryLimits.DEFAULT))
          .isInstanceOfSatisfying(
              QueryOutcome.Answered.class,
              answered ->
                  assertThat(answered.result().rows()).containsExactly(List.of(6L * rows.size())));
    }
  }

  public static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean)
            java.lang.management.ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
