package io.telltale.lake;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.seal.MetadataIo;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.table.TableStore;
import io.telltale.lake.table.Tables;
import io.telltale.lake.write.FileTiers;
import io.telltale.testkit.BuriedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.iceberg.ManifestFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Housekeeping after a start, on a disk that is not at its best. */
class MaintenanceTest {
  // Manifests are merged by twenties.
  private static final int COMMITS = 18;

  @TempDir Path folder;
  private final TestKeys keys = new TestKeys();

  /** The manifests of readings of many commits. */
  private List<String> filled() {
    try (var lake = new TestLake(folder, keys, whole -> whole)) {
      for (int i = 0; i < COMMITS; i++) {
        lake.write(TestLake.rows(i * 10L, 10, 1), List.of());
      }
      TableStore tables = lake.tables();
      return tables
          .at(tables.pointer(Tables.READINGS).orElseThrow())
          .currentSnapshot()
          .dataManifests(tables.io())
          .stream()
          .map(ManifestFile::path)
          .toList();
    }
  }

  /** Keeps house after a start, for longer than all merges take. */
  private void keepHouse(Predicate<String> fails, Consumer<TestLake> then) {
    try (var lake = new TestLake(folder, keys, whole -> new FailingObjects(whole, fails))) {
      for (int step = 0; step < COMMITS; step++) {
        try {
          lake.lake.writer().maintain().ifPresent(lake::commit);
        } catch (UnavailableException _) {
          // Is called again.
        }
        lake.advance(Duration.ofSeconds(11));
      }
      then.accept(lake);
    }
  }

  private static int dataObjects(TestLake lake) {
    var names = new ArrayList<String>();
    lake.parts.objects().list(SealedFile.FOLDER, names::add);
    return names.size();
  }

  @Test
  void a_read_error_at_the_first_housekeeping_ends_no_merging() {
    String manifest = filled().get(7);
    Set<String> failed = new HashSet<>();
    keepHouse(
        name -> name.equals(manifest) && failed.add(name),
        lake -> {
          assertThat(failed).hasSize(1);
          assertThat(dataObjects(lake)).isLessThan(2 * FileTiers.FAN_IN);
          assertThat(lake.halts).containsEntry("merges-left readings", 0L);
        });
  }

  @Test
  void only_what_an_unreadable_manifest_names_is_left_and_told() {
    String manifest = filled().get(7);
    keepHouse(
        manifest::equals,
        lake -> {
          assertThat(dataObjects(lake)).isLessThan(2 * FileTiers.FAN_IN);
          assertThat(lake.halts).containsEntry("merges-left readings", 1L);
        });
  }

  private static final List<String> STRAYS =
      List.of(
          "data/.nfs0001",
          "data/of somebody",
          "meta/.DS_Store",
          "meta/\u001b[2J",
          "meta/%1$s/%1$s.avro.bak".formatted("0".repeat(32)));

  private void strays() throws IOException {
    for (String stray : STRAYS) {
      Files.createDirectories(object(stray).getParent());
      Files.writeString(object(stray), "not ours");
    }
  }

  private Path object(String name) {
    return folder.resolve("objects").resolve(name);
  }

  @Test
  void a_name_that_is_no_objects_is_found_and_hides_nothing_behind_it() throws IOException {
    try (var lake = new TestLake(folder, keys, whole -> whole)) {
      lake.write(TestLake.rows(0, 50, 5), List.of());
      strays();
      var names = new TreeSet<String>();
      lake.parts.objects().list(MetadataIo.FOLDER, names::add);
      names.removeAll(STRAYS);
      Files.write(object(names.last()), new byte[] {1, 2, 3});
      assertThat(found(lake))
          .anyMatch(text -> text.startsWith("lake/objects/data/.nfs0001 is not ours"))
          .anyMatch(text -> text.startsWith("lake/objects/data/of somebody is not ours"))
          .anyMatch(text -> text.startsWith("lake/objects/meta/.DS_Store is not ours"))
          .anyMatch(text -> text.startsWith("lake/objects/meta/?[2J is not ours"))
          .anyMatch(text -> text.contains(".avro.bak is not ours"))
          .anyMatch(text -> text.startsWith("lake/objects/" + names.last() + " is not what"));
    }
  }

  private static List<String> found(TestLake lake) {
    var found = new ArrayList<String>();
    String position = StoreCheck.BEGINNING;
    for (boolean last = false; !last; ) {
      StoreCheck.Step step = lake.lake.check().next(position);
      step.findings().forEach(finding -> found.add(finding.text()));
      position = step.position();
      last = step.last();
    }
    return found;
  }

  // As the lost+found of a disk that is mounted here is for whoever is not root.
  @Test
  void somebody_elses_folder_that_cannot_be_listed_is_told_and_ends_no_search() throws IOException {
    Path theirs = folder.resolve("theirs");
    Files.createDirectories(theirs.resolve("x".repeat(BuriedFolder.NAME_CHARS_MAX + 1)));
    try (var lake = new TestLake(folder, keys, whole -> whole);
        var _ = new BuriedFolder(theirs, object("data/somebody"))) {
      lake.write(TestLake.rows(0, 50, 5), List.of());
      for (String place : List.of("data/", "meta/" + "0".repeat(32) + "/")) {
        Files.createDirectories(object(place));
      }
      var orphans =
          List.of(
              object("data/" + "0".repeat(32)),
              object("meta/%s/%s.avro".formatted("0".repeat(32), "0".repeat(32))));
      for (Path orphan : orphans) {
        Files.writeString(orphan, "an orphan");
      }
      lake.advance(Duration.ofHours(7));
      lake.maintain();
      assertThat(orphans).noneMatch(Files::exists);
      assertThat(lake.halts).containsEntry("sweep steps", 0L);
      assertThat(found(lake))
          .singleElement()
          .satisfies(
              text -> {
                assertThat(text).startsWith("lake/objects/data/somebody/xxx");
                assertThat(text).contains("x is not ours");
              });
    }
  }

  @Test
  void what_is_not_ours_is_left_alone_and_orphans_beside_it_are_deleted() throws IOException {
    try (var lake = new TestLake(folder, keys, whole -> whole)) {
      lake.write(TestLake.rows(0, 50, 5), List.of());
      int objects = dataObjects(lake);
      strays();
      for (int i = 0; i < 5; i++) {
        Files.writeString(object("data/%032x".formatted(i)), "an orphan");
        Files.writeString(object("data/%032x.part".formatted(i)), "half an orphan");
      }
      lake.advance(Duration.ofHours(7));
      lake.maintain();
      lake.maintain();
      assertThat(dataObjects(lake)).isEqualTo(objects + 2);
      assertThat(STRAYS).allSatisfy(stray -> assertThat(object(stray)).exists());
    }
  }

  @Test
  void after_a_start_no_file_is_held_that_is_alone_on_a_day_of_long_ago() {
    try (var lake = new TestLake(folder, keys, whole -> whole)) {
      for (int day = 0; day < 20; day++) {
        writeOf(lake, day);
      }
      writeOf(lake, 7);
    }
    keepHouse(
        _ -> false,
        lake -> {
          var writer = (SealingWriter) lake.lake.writer();
          // Of today, yesterday, and the day that has two.
          assertThat(writer.readings().held()).isEqualTo(4);
        });
  }

  private static void writeOf(TestLake lake, int daysAgo) {
    Instant time = TestLake.NOON.minus(Duration.ofDays(daysAgo));
    lake.write(List.of(TestLake.row(1, daysAgo, 1, 20, time)), List.of());
  }
}
