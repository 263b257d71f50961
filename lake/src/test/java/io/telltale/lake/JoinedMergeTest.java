package io.telltale.lake;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Hash;
import io.telltale.lake.table.TableStore;
import io.telltale.lake.table.Tables;
import io.telltale.lake.write.FileTiers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
