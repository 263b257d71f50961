package io.telltale.lake;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Hash;
import io.telltale.lake.query.RandomQuestion;
import io.telltale.lake.table.TableStore;
import io.telltale.lake.table.Tables;
import io.telltale.lake.write.FileTiers;
import io.telltale.testkit.Cases;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was written under load is merged by putting files one behind the other. */
class JoinedMergeTest {
  private static final int ROWS = 2_600;
  private static final int DEVICES = 7;
  private static final List<String> QUESTIONS =
      List.of(
          "SELECT count(*), sum(round(value * 10)::BIGINT), min(event_time), max(sequence) FROM"
              + " readings",
          "SELECT device, count(*), max(value) FROM readings GROUP BY device ORDER BY device",
          "SELECT count(*) FROM readings WHERE device = 'nobody'",
          "SELECT event_time, value FROM readings WHERE device = (SELECT max(device) FROM readings)"
              + " ORDER BY event_time LIMIT 50");

  @TempDir Path folder;

  @Test
  void joined_files_give_the_same_answers_and_traces_and_are_not_encoded_anew() {
    try (var lake = new TestLake(folder)) {
      for (int batch = 0; batch < FileTiers.FAN_IN; batch++) {
        lake.write(TestLake.rows(batch * (long) ROWS, ROWS, DEVICES), List.of());
      }
      List<DataFile> written = files(lake);
      List<Hash> before = answers(lake);
      List<ProvenRecord> traced = traced(lake);

      lake.lake.writer().maintain().ifPresent(lake::commit);

      List<DataFile> merged = files(lake);
      assertThat(merged).hasSizeLessThan(written.size() / 4);
      assertThat(merged.stream().mapToLong(DataFile::recordCount).sum())
          .isEqualTo((long) FileTiers.FAN_IN * ROWS);
      // An engine would have compressed it.
      assertThat(merged.stream().mapToLong(FileTiers::bytes).sum())
          .isGreaterThan(written.stream().mapToLong(FileTiers::bytes).sum() * 9 / 10);
      assertThat(answers(lake)).isEqualTo(before);
      assertThat(traced(lake)).isEqualTo(traced).isNotEmpty();
    }
  }

  @Test
  void random_questions_have_the_same_answers_before_and_after() {
    try (var lake = new TestLake(folder)) {
      for (int batch = 0; batch < FileTiers.FAN_IN; batch++) {
        lake.write(TestLake.rows(batch * (long) ROWS, ROWS, DEVICES), List.of());
      }
      var asked = new ArrayList<Answer>();
      Cases.check(
          24,
          random -> {
            RandomQuestion.Asked question = new RandomQuestion(random).next();
            // Of one table: a join of all with all takes longer than a question may.
            if (!question.from().isEmpty()) {
              asked.add(new Answer(question.sql(), answer(lake, question.sql())));
            }
          });

      int files = files(lake).size();
      lake.lake.writer().maintain().ifPresent(lake::commit);
      assertThat(files(lake)).hasSizeLessThan(files / 4);

      for (Answer before : asked) {
        assertThat(answer(lake, before.sql())).as(before.sql()).isEqualTo(before.rows());
      }
      // A single case that is repeated may be refused.
      if (asked.size() > 1) {
        assertThat(asked).filteredOn(one -> one.rows().isPresent()).hasSizeGreaterThan(8);
      }
    }
  }

  private record Answer(String sql, Optional<List<String>> rows) {}

  /** Its rows in an order of ours; empty where it was not answered, or not whole. */
  private static Optional<List<String>> answer(TestLake lake, String sql) {
    return switch (lake.lake.query().run(TestLake.ANALYST, sql, "test", QueryLimits.DEFAULT)) {
      case QueryOutcome.Answered(QueryResult result) when !result.truncated() ->
          Optional.of(result.rows().stream().map(String::valueOf).sorted().toList());
      case QueryOutcome.Answered _, QueryOutcome.Refused _ -> Optional.empty();
    };
  }

  private static List<DataFile> files(TestLake lake) {
    TableStore tables = lake.tables();
    var files = new ArrayList<DataFile>();
    try (CloseableIterable<FileScanTask> all =
        tables.at(tables.pointer(Tables.READINGS).orElseThrow()).newScan().planFiles()) {
      all.forEach(task -> files.add(task.file()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  private static List<Hash> answers(TestLake lake) {
    return QUESTIONS.stream()
        .map(sql -> lake.lake.query().run(TestLake.ANALYST, sql, "test", QueryLimits.DEFAULT))
        .map(outcome -> ((QueryOutcome.Answered) outcome).result().resultHash())
        .toList();
  }

  private static List<ProvenRecord> traced(TestLake lake) {
    return lake.lake
        .trace()
        .records(TestLake.ANALYST, List.of(new OffsetRange(1, 0, 20_000)), 30_000);
  }
}
