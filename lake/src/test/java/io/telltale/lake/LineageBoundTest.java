package io.telltale.lake;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.roaringbitmap.RoaringBitmap;

/** Firm ground 17: merging minutes holds a bounded part of what tells whose numbers they are. */
class LineageBoundTest {
  private static final int COMMITS = 24;

  /** Of 200 KB each: two files of so many have more than one merge may hold. */
  private static final int MINUTES = 44;

  private static final Instant NEXT_DAY = TestLake.NOON.plus(Duration.ofDays(1));

  @TempDir Path folder;

  private static RoaringBitmap manyDevices() {
    var random = new Random(5);
    var devices = new RoaringBitmap();
    for (int i = 0; i < 100_000; i++) {
      devices.add(random.nextInt(1 << 23));
    }
    return devices;
  }

  private static QueryResult answer(TestLake lake, String sql) {
    return switch (lake.lake.query().run(TestLake.ANALYST, sql, "test", QueryLimits.DEFAULT)) {
      case QueryOutcome.Answered(QueryResult result) -> result;
      case QueryOutcome.Refused refused -> throw new AssertionError(refused.toString());
    };
  }

  @Test
  void minutes_of_very_many_devices_are_left_as_they_are_and_all_others_are_merged() {
    RoaringBitmap devices = manyDevices();
    try (var lake = new TestLake(folder)) {
      for (int commit = 0; commit < COMMITS; commit++) {
        List<RawRow> rows = TestLake.rows(commit * 10L, 2, 5);
        var minutes = new ArrayList<MinuteRow>();
        for (int i = 0; i < (commit < COMMITS / 3 ? MINUTES : 0); i++) {
          Instant start = TestLake.NOON.plusSeconds(60L * (commit * MINUTES + i));
          minutes.add(TestLake.minute(start, 1, rows).withLineage(0, devices, "1:1-1"));
        }
        minutes.add(TestLake.minute(NEXT_DAY.plusSeconds(60L * commit), 1, rows));
        lake.write(rows, minutes);
        lake.advance(Duration.ofMinutes(1));
        lake.maintain();
      }
      String day = " FROM minutes WHERE \"minute\" >= TIMESTAMPTZ '%s'".formatted(NEXT_DAY);
      QueryResult others = answer(lake, "SELECT count(*)" + day);
      assertThat(others.rows()).containsExactly(List.of((long) COMMITS));
      assertThat(others.filesRead()).isLessThanOrEqualTo(COMMITS / 8);
      assertThat(answer(lake, "SELECT count(*), sum(\"count\") FROM minutes").rows().getFirst())
          .first()
          .isEqualTo((long) COMMITS / 3 * MINUTES + COMMITS);
      assertThat(lake.halts.getOrDefault("merges-left minutes", 0L))
          .as("nothing is wrong with a file that is full")
          .isZero();
    }
  }
}
