package io.telltale.lake.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.engine.DuckSession;
import io.telltale.engine.QuestionFailed;
import io.telltale.lake.OffsetRange;
import io.telltale.lake.query.Sandbox;
import io.telltale.lake.write.RowSource;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.RoaringBitmap;

/** Firm ground 17: a trace of minutes runs in a worker, to which the minutes are sent as SQL. */
@Tag("one-store")
class ContributionsTest {
  private static MatchedMinute minute(String site, List<OffsetRange> ranges) {
    var name = new MatchedMinute.Name("t/prod", site, "press", "temperature", "", 5);
    return new MatchedMinute(name, 3, new RoaringBitmap(), ranges);
  }

  private static List<RowSource.Row> staged(List<MatchedMinute> minutes) throws QuestionFailed {
    try (var session = DuckSession.open(64, 1)) {
      Contributions.staging(minutes).forEach(session::run);
      return Sandbox.rows(
          session,
          "SELECT site, unit, minute_us, \"partition\", least, most FROM matched ORDER BY least");
    }
  }

  @Test
  void names_are_never_read_as_sql_or_as_the_place_of_a_file() throws QuestionFailed {
    String strange = "$0';,DROP TABLE matched--\u00fc\n%s";
    List<MatchedMinute> minutes =
        List.of(
            minute(strange, List.of(new OffsetRange(3, 10, 12), new OffsetRange(4, 20, 20))),
            minute("", List.of(new OffsetRange(0, 30, 31))));
    List<String> statements = Contributions.staging(minutes);
    assertThat(statements).allSatisfy(sql -> assertThat(sql).doesNotContain("$", "DROP"));
    List<RowSource.Row> rows = staged(minutes);
    assertThat(rows).hasSize(3);
    assertThat(rows.getFirst().text(0)).isEqualTo(strange);
    assertThat(rows.getFirst().whole(5)).isEqualTo(12);
    assertThat(rows.getLast().text(0)).isEmpty();
    assertThat(rows.getLast().small(3)).isZero();
  }

  @Test
  void no_minutes_are_no_rows() throws QuestionFailed {
    assertThat(staged(List.of())).isEmpty();
  }

  @Test
  void what_is_staged_is_bounded() {
    List<OffsetRange> ranges =
        IntStream.range(0, 1_000)
            .mapToObj(i -> new OffsetRange(1, 1_000_000_000L + 2L * i, 1_000_000_000L + 2L * i))
            .toList();
    List<MatchedMinute> minutes = Collections.nCopies(1_000, minute("hall", ranges));
    assertThatThrownBy(() -> Contributions.staging(minutes))
        .isInstanceOfSatisfying(
            QuestionFailed.class, failed -> assertThat(failed.reason()).contains("narrow"));
  }
}
