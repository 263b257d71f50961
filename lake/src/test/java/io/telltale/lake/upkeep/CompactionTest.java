package io.telltale.lake.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.engine.MemoryFile;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.TestLake;
import io.telltale.lake.parquet.ParquetJoin;
import io.telltale.lake.parquet.ParquetJoin.Worth;
import io.telltale.lake.seal.FileVault;
import io.telltale.lake.table.Tables;
import io.telltale.lake.write.FileTiers;
import io.telltale.lake.write.WritingEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 16: what memory has no room for is merged with fewer files, and nothing is left. */
class CompactionTest {
  private static final int ROOM = 4;
  private static final int MEGABYTES = 64;

  @TempDir Path folder;

  private static Optional<MemoryFile> join(List<MemoryFile> files, Worth worth) {
    if (files.size() > ROOM) {
      throw new UnavailableException("joining memory files");
    }
    return ParquetJoin.of(files, worth);
  }

  @Test
  void a_join_that_finds_no_room_is_done_with_fewer_files() {
    try (var lake = new TestLake(folder);
        var engine = new WritingEngine(MEGABYTES)) {
      for (int commit = 0; commit < FileTiers.FAN_IN; commit++) {
        lake.write(TestLake.rows(commit * 10L, 10, 1), List.of());
      }
      var index = new FileIndex(Tables.READINGS, lake.tables(), lake.parts.halts());
      var compaction =
          new Compaction(
              List.of(index),
              new FileVault(lake.parts),
              engine,
              lake.parts.self(),
              CompactionTest::join);

      assertThat(compaction.next()).isEmpty();
      List<Compaction.Merge> merges = compaction.next();

      assertThat(merges)
          .singleElement()
          .satisfies(merge -> assertThat(merge.old()).hasSizeBetween(2, ROOM));
      merges.forEach(merge -> merge.drafts().forEach(draft -> draft.content().close()));
      assertThat(lake.halts.getOrDefault("merges-left readings", 0L)).isZero();
    }
  }

  @Test
  void what_ends_by_an_error_leaves_no_memory_file_behind() throws IOException {
    try (var lake = new TestLake(folder);
        var engine = new WritingEngine(MEGABYTES)) {
      for (int commit = 0; commit < FileTiers.FAN_IN; commit++) {
        lake.write(TestLake.rows(commit * 10L, 10, 1), List.of());
      }
      var index = new FileIndex(Tables.READINGS, lake.tables(), lake.parts.halts());
      // The other half is made when one is there already.
      var joins = new AtomicInteger();
      Compaction.Join join =
          (files, worth) -> {
            if (joins.incrementAndGet() == 2) {
              throw new OutOfMemoryError("planted");
            }
            return ParquetJoin.of(files, worth);
          };
      var vault = new FileVault(lake.parts);
      var compaction = new Compaction(List.of(index), vault, engine, lake.parts.self(), join);
      long before = memoryFiles();

      assertThatThrownBy(compaction::next).hasMessage("planted");

      assertThat(joins).hasValue(2);
      assertThat(memoryFiles()).isEqualTo(before);
    }
  }

  private static long memoryFiles() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(CompactionTest::isMemory).count();
    }
  }

  private static boolean isMemory(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().contains("memfd:");
    } catch (IOException e) {
      // Closed since it was listed.
      return false;
    }
  }
}
