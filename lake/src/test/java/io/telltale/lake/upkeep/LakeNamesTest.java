package io.telltale.lake.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Entropy;
import io.telltale.db.Database;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Finding;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.TenantId;
import io.telltale.keys.FileBackend;
import io.telltale.keys.Passphrase;
import io.telltale.lake.FailingObjects;
import io.telltale.lake.Lake;
import io.telltale.lake.LakeParts;
import io.telltale.lake.MinuteRow;
import io.telltale.lake.TableHistory;
import io.telltale.lake.TablePointer;
import io.telltale.lake.TestKeys;
import io.telltale.lake.TestLake;
import io.telltale.lake.seal.MetadataIo;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.table.PointerGuard;
import io.telltale.lake.table.Readers;
import io.telltale.lake.table.TableStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 35: whatever the lake's tables name is looked for, once. */
@Timeout(120)
class LakeNamesTest {
  private static final String END = "the end";
  // Behind the beginning, where it looks whether the tables stand where the ledger says.
  private static final String FIRST = "names 0 -1 -";
  private static final String MISSING = "is missing: a table names it";
  private static final Scope OTHER =
      new Scope(TenantId.DEFAULT, "factory", "eu", "valves", Sensitivity.INTERNAL);

  @TempDir Path folder;
  private final TestKeys keys = new TestKeys();
  private final Readers readers = new Readers();
  private final Set<String> broken = new HashSet<>();
  private final Set<String> hidden = new HashSet<>();

  private TestLake lake() {
    return new TestLake(
        folder, keys, whole -> new FailingObjects(whole, broken::contains, hidden::contains));
  }

  /** Knows nothing yet of what metadata says. */
  private LakeNames names(TestLake lake) {
    var tables = lake.tables();
    return new LakeNames(
        lake.parts.objects(), tables, new PointerGuard(tables, lake.parts.history()), readers);
  }

  /** Two scopes, so that a manifest names more than one file. */
  private static void write(TestLake lake, int from, int to) {
    for (int i = from; i < to; i++) {
      var rows = new ArrayList<>(TestLake.rows(10L * i, 10, 5));
      List<MinuteRow> minutes = List.of(TestLake.minute(TestLake.NOON, 1 + i, rows));
      rows.addAll(
          TestLake.rows(1_000 + 10L * i, 10, 5).stream()
              .map(row -> TestLake.inScope(row, OTHER))
              .toList());
      lake.write(rows, minutes);
    }
  }

  /** What all steps from there come to; a position at which each of them ended. */
  private record Walk(List<Finding> findings, List<String> positions, long bytes) {
    List<String> named() {
      return findings.stream().map(one -> one.where() + " " + one.kind()).toList();
    }
  }

  private static Walk walk(LakeNames names) {
    return walk(names, StoreCheck.BEGINNING);
  }

  private static Walk walk(LakeNames names, String from) {
    var findings = new ArrayList<Finding>();
    var positions = new ArrayList<String>();
    long bytes = 0;
    String position = from;
    while (!position.equals(END)) {
      StoreCheck.Step step = names.next(position, END, () -> true);
      assertThat(step.last()).isFalse();
      assertThat(step.unread()).isZero();
      findings.addAll(step.findings());
      bytes += step.bytes();
      position = step.position();
      positions.add(position);
    }
    return new Walk(findings, positions, bytes);
  }

  /** Steps that end as soon as they have come anywhere. */
  private static Walk crawl(LakeNames names) {
    var findings = new ArrayList<Finding>();
    var positions = new ArrayList<String>();
    long bytes = 0;
    String position = FIRST;
    int answers = 0;
    while (!position.equals(END)) {
      var left = new AtomicInteger(answers++);
      StoreCheck.Step step = names.next(position, END, () -> left.decrementAndGet() >= 0);
      if (!step.position().equals(position)) {
        findings.addAll(step.findings());
        bytes += step.bytes();
        position = step.position();
        positions.add(position);
        answers = 0;
      }
    }
    return new Walk(findings, positions, bytes);
  }

  private static Stream<Table> tables(TestLake lake) {
    TableStore tables = lake.tables();
    return lake.lake.pointers().stream().map(tables::at);
  }

  private static List<ManifestFile> manifests(TestLake lake) {
    var byPath = new TreeMap<String, ManifestFile>();
    tables(lake)
        .forEach(
            table -> {
              for (Snapshot snapshot : table.snapshots()) {
                snapshot.allManifests(table.io()).forEach(one -> byPath.put(one.path(), one));
              }
            });
    return List.copyOf(byPath.values());
  }

  private static List<String> lists(TestLake lake) {
    var lists = new ArrayList<String>();
    tables(lake)
        .flatMap(table -> Stream.of(table.currentSnapshot()))
        .forEach(snapshot -> lists.add(snapshot.manifestListLocation()));
    return lists;
  }

  /** The objects of each of a manifest's files. */
  private static List<List<String>> files(TestLake lake, ManifestFile manifest) {
    Table of =
        tables(lake)
            .filter(
                table ->
                    table.currentSnapshot().allManifests(table.io()).stream()
                        .anyMatch(one -> one.path().equals(manifest.path())))
            .findFirst()
            .orElseThrow();
    var files = new ArrayList<List<String>>();
    try (CloseableIterable<DataFile> all = ManifestFiles.read(manifest, of.io(), of.specs())) {
      all.forEach(file -> files.add(SealedFile.Pair.decode(file.keyMetadata()).objects()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  private static NavigableSet<String> listed(TestLake lake) {
    var names = new TreeSet<String>();
    lake.parts.objects().list(SealedFile.FOLDER, names::add);
    lake.parts.objects().list(MetadataIo.FOLDER, names::add);
    return names;
  }

  private Path object(String name) {
    return folder.resolve("objects").resolve(name);
  }

  private void flip(String name) throws IOException {
    byte[] bytes = Files.readAllBytes(object(name));
    bytes[bytes.length / 2] ^= 1;
    Files.write(object(name), bytes);
  }

  private static String where(String object) {
    return "lake/objects/" + object;
  }

  private static ManifestFile any(TestLake lake, Predicate<ManifestFile> which) {
    return manifests(lake).stream().filter(which).findFirst().orElseThrow();
  }

  @Test
  void every_manifest_is_looked_at_once_wherever_a_step_ends() {
    try (var lake = lake()) {
      write(lake, 0, 12);
      lake.maintain();
      var commits = new TreeMap<String, Integer>();
      tables(lake)
          .forEach(
              table ->
                  table
                      .currentSnapshot()
                      .allManifests(table.io())
                      .forEach(
                          one ->
                              commits.merge(table.name() + one.sequenceNumber(), 1, Integer::sum)));
      assertThat(commits.values()).as("manifests of one commit").anyMatch(count -> count > 1);
      long bytes = manifests(lake).stream().mapToLong(ManifestFile::length).sum();
      for (Walk walk : List.of(walk(names(lake)), crawl(names(lake)))) {
        assertThat(walk.findings()).isEmpty();
        assertThat(walk.bytes()).isEqualTo(bytes);
      }
      // One for each of them, and the end.
      assertThat(crawl(names(lake)).positions())
          .doesNotHaveDuplicates()
          .hasSize(manifests(lake).size() + 1);
    }
  }

  @Test
  void nothing_is_deleted_while_it_is_looked_for() {
    try (var lake = lake()) {
      write(lake, 0, 1);
      var seen = new TreeSet<Long>();
      names(lake)
          .next(
              StoreCheck.BEGINNING,
              END,
              () -> {
                seen.add(readers.unusedTo(7));
                return true;
              });
      assertThat(seen).containsExactly(0L);
      assertThat(readers.unusedTo(7)).isEqualTo(7);
    }
  }

  @Test
  void each_object_that_a_table_names_is_missed_and_no_other() throws IOException {
    try (var lake = lake()) {
      write(lake, 0, 2);
      var named = new TreeSet<>(lists(lake));
      lake.lake.pointers().forEach(pointer -> named.add(pointer.pointer()));
      for (ManifestFile manifest : manifests(lake)) {
        named.add(manifest.path());
        files(lake, manifest).forEach(named::addAll);
      }
      LakeNames names = names(lake);
      // From now on it remembers what metadata says.
      assertThat(walk(names).findings()).isEmpty();
      assertThat(listed(lake)).containsAll(named).hasSizeGreaterThan(named.size());
      for (String name : listed(lake)) {
        Path away = Files.move(object(name), folder.resolve("away"));
        assertThat(walk(names).named())
            .as(name)
            .isEqualTo(named.contains(name) ? List.of(where(name) + " " + MISSING) : List.of());
        assertThat(crawl(names).named())
            .as("in small steps: " + name)
            .isEqualTo(named.contains(name) ? List.of(where(name) + " " + MISSING) : List.of());
        Files.move(away, object(name));
      }
    }
  }

  @Test
  void the_last_file_of_a_manifest_is_missed_by_a_step_that_ended_before_it() throws IOException {
    try (var lake = lake()) {
      write(lake, 0, 3);
      ManifestFile manifest = any(lake, one -> files(lake, one).size() > 1);
      String object = files(lake, manifest).getLast().getLast();
      Files.delete(object(object));
      assertThat(crawl(names(lake)).named()).containsExactly(where(object) + " " + MISSING);
    }
  }

  @Test
  void a_table_whose_metadata_is_gone_hides_nothing_of_the_other() throws IOException {
    try (var lake = lake()) {
      write(lake, 0, 2);
      String minutes =
          manifests(lake).stream()
              .flatMap(one -> files(lake, one).stream())
              .filter(objects -> objects.size() == 1)
              .findFirst()
              .orElseThrow()
              .getFirst();
      Files.delete(object(minutes));
      for (String gone :
          List.of(lake.lake.pointers().getFirst().pointer(), lists(lake).getFirst())) {
        Path away = Files.move(object(gone), folder.resolve("away"));
        assertThat(walk(names(lake)).named())
            .as(gone)
            .containsExactly(
                where(gone) + " " + MISSING,
                "the metadata of the lake's table readings cannot be followed to its end",
                where(minutes) + " " + MISSING);
        Files.move(away, object(gone));
      }
    }
  }

  @Test
  void a_manifest_that_is_gone_is_named_once_and_hides_none_behind_it() throws IOException {
    try (var lake = lake()) {
      write(lake, 0, 2);
      String manifest = manifests(lake).getFirst().path();
      Files.delete(object(manifest));
      assertThat(walk(names(lake)).named()).containsExactly(where(manifest) + " " + MISSING);
      String other = files(lake, manifests(lake).getLast()).getFirst().getFirst();
      Files.delete(object(other));
      assertThat(walk(names(lake)).named())
          .containsExactlyInAnyOrder(where(manifest) + " " + MISSING, where(other) + " " + MISSING);
    }
  }

  @Test
  void a_manifest_that_cannot_be_read_is_named_with_why() throws IOException {
    try (var lake = lake()) {
      write(lake, 0, 2);
      String damaged = manifests(lake).getFirst().path();
      flip(damaged);
      assertThat(walk(names(lake)).findings())
          .singleElement()
          .matches(one -> one.where().equals(where(damaged)))
          .matches(one -> one.what().startsWith("cannot be read: a sealed file that is not"))
          .matches(one -> one.remedy().equals(LakeCheck.OBJECT_LOST));
      flip(damaged);
      broken.add(damaged);
      assertThat(walk(names(lake)).named())
          .containsExactly(where(damaged) + " cannot be read: the disk");
    }
  }

  @Test
  void what_the_disk_does_not_tell_is_not_missing_and_hides_nothing() throws IOException {
    try (var lake = lake()) {
      write(lake, 0, 2);
      String data = files(lake, manifests(lake).getFirst()).getFirst().getFirst();
      String gone = files(lake, manifests(lake).getLast()).getLast().getLast();
      hidden.add(data);
      Files.delete(object(gone));
      assertThat(walk(names(lake)).named())
          .containsExactlyInAnyOrder(
              where(data) + " cannot be read: the disk", where(gone) + " " + MISSING);
    }
  }

  @Test
  void tables_that_were_moved_back_are_told_once() {
    try (var lake = lake()) {
      write(lake, 0, 1);
      TablePointer old = lake.lake.pointers().getFirst();
      write(lake, 1, 2);
      lake.moveBackTo(old);
      Walk walk = walk(names(lake));
      assertThat(walk.findings())
          .singleElement()
          .matches(one -> one.text().startsWith("lake/pipeline.db is not at its place. "))
          .matches(one -> one.remedy().contains("readings is not where the ledger last saw it"));
      assertThat(walk.positions()).hasSizeGreaterThan(1);
      assertThat(walk(names(lake), walk.positions().getFirst()).findings()).isEmpty();
    }
  }

  @Test
  void while_a_store_is_out_of_service_nothing_is_told_to_be_wrong() {
    try (var lake = lake();
        var backend =
            FileBackend.open(
                folder.resolve("keys"),
                TestStores.at(folder.resolve("keys").resolve("backend.db")),
                new FileBackend.Environment(
                    new Passphrase.None(), Entropy.system(), lake.parts.clock()));
        var database =
            Database.open(
                TestStores.at(folder.resolve("condemned.db")),
                Lake.migrations(),
                backend.storeSeal("test"))) {
      write(lake, 0, 1);
      database.store().condemn("it was found damaged");
      TableHistory condemned =
          table ->
              database.read(
                  _ -> {
                    throw new IllegalStateException(table + " was read");
                  });
      var good = lake.tables();
      var unsure =
          new LakeNames(lake.parts.objects(), good, new PointerGuard(good, condemned), readers);
      assertThat(walk(unsure).findings())
          .singleElement()
          .matches(Finding::isUntold)
          .matches(
              one -> one.where().equals("whether the lake's tables stand where the ledger says"));
      var parts = lake.parts;
      var bad =
          new TableStore(
              new LakeParts(
                  database,
                  parts.objects(),
                  parts.keys(),
                  parts.ledger(),
                  parts.history(),
                  parts.self(),
                  parts.clock(),
                  parts.entropy(),
                  parts.halts()));
      var blind =
          new LakeNames(parts.objects(), bad, new PointerGuard(bad, parts.history()), readers);
      assertThat(walk(blind).findings())
          .hasSize(3)
          .allMatch(Finding::isUntold)
          .allMatch(one -> one.what().contains("it was found damaged"))
          .extracting(Finding::where)
          .endsWith("whether all that the lake's tables name is there");
    }
  }

  @Test
  void a_lake_that_was_never_written_names_nothing() {
    try (var lake = lake()) {
      assertThat(walk(names(lake)).findings()).isEmpty();
    }
  }
}
