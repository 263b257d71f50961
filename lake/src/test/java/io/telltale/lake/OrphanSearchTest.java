package io.telltale.lake;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is known of all names is of one size; what is needed is never taken for an orphan. */
class OrphanSearchTest {
  @TempDir Path folder;

  private Set<String> plantOrphans(int count) throws IOException {
    var orphans = new TreeSet<String>();
    for (int i = 0; i < count; i++) {
      String name = "data/%032x".formatted(i);
      Files.writeString(folder.resolve("objects").resolve(name), "an orphan");
      orphans.add(name);
    }
    return orphans;
  }

  private static OrphanSearch search(TestLake lake, int bitsLog2, long salt) {
    return new OrphanSearch(
        lake.parts, lake.tables(), new Readers(), new NameFilter(bitsLog2, salt));
  }

  private static void write(TestLake lake, int from, int to) {
    for (int i = from; i < to; i++) {
      lake.write(TestLake.rows(10L * i, 10, 5), List.of());
    }
  }

  @Test
  void what_is_committed_and_merged_while_it_is_looked_for_is_no_orphan() throws IOException {
    try (var lake = new TestLake(folder)) {
      // The lake's own search and sweeping, which know nothing of this one, are not due again.
      lake.maintain();
      write(lake, 0, 18);
      var orphans = plantOrphans(50);
      try (var search = search(lake, 20, 7)) {
        assertThat(search.step()).isFalse();
        write(lake, 18, 50);
        lake.lake.writer().maintain().ifPresent(lake::commit);
        for (int step = 0; step < 20 && !search.step(); step++) {
          write(lake, 50 + step, 51 + step);
        }
        assertThat(search.step()).isTrue();
        assertThat(search.orphans()).containsExactlyInAnyOrderElementsOf(orphans);
      }
    }
  }

  @Test
  void in_too_little_memory_orphans_are_missed_by_one_search_and_found_by_others()
      throws IOException {
    try (var lake = new TestLake(folder)) {
      write(lake, 0, 20);
      var missed = plantOrphans(50);
      int found = 0;
      for (int salt = 0; salt < 64; salt++) {
        try (var search = search(lake, 9, salt * 7_919L)) {
          for (int step = 0; step < 20 && !search.step(); step++) {
            assertThat(step).isLessThan(19);
          }
          var orphans = search.orphans();
          assertThat(orphans).allMatch(name -> name.startsWith("data/000000000000"));
          found = Math.max(found, orphans.size());
          missed.removeAll(orphans);
        }
      }
      assertThat(found).isLessThan(50);
      assertThat(missed).isEmpty();
    }
  }
}
