package io.telltale.lake.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Halts;
import io.telltale.lake.FailingObjects;
import io.telltale.lake.TestKeys;
import io.telltale.lake.TestLake;
import io.telltale.lake.table.TableStore;
import io.telltale.lake.table.Tables;
import io.telltale.lake.write.FileTiers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.DataFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is known of a group outlives that its table is read again, for a manifest was missed. */
class FileIndexTest {
  private static final int JOBS_MAX = 8;

  @TempDir Path folder;
  private final TestKeys keys = new TestKeys();
  private final List<String> missed = new ArrayList<>();

  /** One file a commit, all of one group; the manifest of one is never to be read. */
  private TestLake lake(int commits) {
    String unreadable;
    try (var lake = new TestLake(folder, keys, whole -> whole)) {
      for (int i = 0; i < commits; i++) {
        lake.write(TestLake.rows(i * 10L, 10, 1), List.of());
      }
      TableStore tables = lake.tables();
      unreadable =
          tables
              .at(tables.pointer(Tables.READINGS).orElseThrow())
              .currentSnapshot()
              .dataManifests(tables.io())
              .getFirst()
              .path();
    }
    return new TestLake(
        folder,
        keys,
        whole -> new FailingObjects(whole, name -> name.equals(unreadable) && missed.add(name)));
  }

  private static FileIndex index(TestLake lake) {
    return new FileIndex(Tables.READINGS, lake.tables(), Halts.none());
  }

  /** Of other groups. */
  private static void commits(FileIndex index, int count) {
    for (int i = 0; i < count; i++) {
      index.committed(List.of(), List.of());
    }
  }

  private List<DataFile> dueAfterReading(FileIndex index) {
    int reads = missed.size();
    List<List<DataFile>> due = index.due(JOBS_MAX);
    assertThat(missed).as("read again").hasSizeGreaterThan(reads);
    assertThat(due).hasSizeLessThan(2);
    return due.isEmpty() ? List.of() : due.getFirst();
  }

  private static long bytes(List<DataFile> files) {
    return files.stream().mapToLong(FileTiers::bytes).sum();
  }

  @Test
  void what_was_too_much_to_merge_stays_too_much_until_its_time_is_over() {
    try (var lake = lake(18)) {
      FileIndex index = index(lake);
      commits(index, 100);
      List<DataFile> all = dueAfterReading(index);
      assertThat(all).hasSize(17);
      long half = (bytes(all) + 1) / 2;
      index.atMost(all.getFirst(), half);
      assertThat(bytes(dueAfterReading(index))).isLessThanOrEqualTo(half);
      commits(index, FileIndex.LEFT_COMMITS - 1);
      assertThat(bytes(dueAfterReading(index))).isLessThanOrEqualTo(half);
      commits(index, 4);
      assertThat(dueAfterReading(index)).hasSameSizeAs(all);
    }
  }

  @Test
  void a_group_to_which_nothing_is_added_is_merged_in_time() {
    try (var lake = lake(6)) {
      FileIndex index = index(lake);
      commits(index, 500);
      assertThat(dueAfterReading(index)).isEmpty();
      commits(index, FileIndex.IDLE_COMMITS - 1);
      assertThat(dueAfterReading(index)).isEmpty();
      commits(index, FileIndex.IDLE_COMMITS / 10);
      assertThat(dueAfterReading(index)).hasSize(5);
    }
  }
}
