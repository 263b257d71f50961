package io.telltale.lake.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.fakes.ForwardingObjects;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.TestKeys;
import io.telltale.lake.TestLake;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.table.Readers;
import io.telltale.objects.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
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

  /** More orphans than one search finds, which are there as long as one of them cannot go. */
  private static final class ManyOrphans implements ForwardingObjects {
    private final ObjectStore whole;
    private boolean stuck;
    private int searches;

    ManyOrphans(ObjectStore whole) {
      this.whole = whole;
    }

    @Override
    public ObjectStore whole() {
      return whole;
    }

    @Override
    public void delete(String name) {
      if (stuck && name.equals(orphan(1))) {
        throw new UnavailableException("deleting " + name, new IOException("Read-only"));
      }
      whole.delete(name);
    }

    @Override
    public void list(String prefix, Consumer<String> each) {
      whole.list(prefix, each);
      if (prefix.equals(SealedFile.FOLDER)) {
        searches++;
        // The filter takes a few for names that are needed.
        for (int i = 0; i < OrphanSearch.ORPHANS_MAX + 1_000; i++) {
          each.accept(orphan(i));
        }
      }
    }
  }

  private static String orphan(int number) {
    return "data/%032x".formatted(number);
  }

  /** As many steps as a search takes and deleting all that it finds. */
  private static void round(TestLake lake) {
    for (int step = 0; step < 80; step++) {
      lake.lake.writer().maintain().ifPresent(lake::commit);
    }
  }

  @Test
  void where_there_may_be_more_orphans_the_search_goes_on_unless_some_cannot_be_deleted() {
    var made = new AtomicReference<ManyOrphans>();
    try (var lake =
        new TestLake(
            folder, new TestKeys(), whole -> made.updateAndGet(_ -> new ManyOrphans(whole)))) {
      ManyOrphans objects = made.get();
      round(lake);
      round(lake);
      int searches = objects.searches;
      assertThat(searches).isGreaterThan(1);
      assertThat(lake.halts).containsEntry("sweep objects", 0L);

      objects.stuck = true;
      for (int again = 0; again < 5; again++) {
        round(lake);
      }
      // The one that had begun, and one that found it.
      assertThat(objects.searches).isBetween(searches + 1, searches + 2);
      assertThat(lake.halts).containsEntry("sweep objects", 1L);

      searches = objects.searches;
      lake.advance(Duration.ofHours(6));
      round(lake);
      assertThat(objects.searches).isEqualTo(searches + 1);
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
