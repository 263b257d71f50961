package io.telltale.lake;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Finding;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 35: one object that the disk does not give hides none behind it. */
class LakeCheckTest {
  @TempDir Path folder;
  private final Set<String> broken = new ConcurrentSkipListSet<>();
  private int metadataRead;

  /** The disk does not give what is broken. */
  private final class Failing implements Objects {
    private final Objects whole;

    Failing(Objects whole) {
      this.whole = whole;
    }

    @Override
    public void put(String name, ByteBuffer content) {
      whole.put(name, content);
    }

    @Override
    public Optional<Bytes> get(String name) {
      if (name.startsWith(MetadataIo.FOLDER)) {
        metadataRead++;
      }
      if (broken.contains(name)) {
        throw new UnavailableException("reading " + name, new IOException("Input/output error"));
      }
      return whole.get(name);
    }

    @Override
    public boolean exists(String name) {
      return whole.exists(name);
    }

    @Override
    public void delete(String name) {
      whole.delete(name);
    }

    @Override
    public void list(String prefix, Consumer<String> each) {
      whole.list(prefix, each);
    }
  }

  private static List<Finding> findings(StoreCheck check) {
    return findings(check, StoreCheck.BEGINNING);
  }

  private static List<Finding> findings(StoreCheck check, String from) {
    var found = new ArrayList<Finding>();
    String position = from;
    for (boolean last = false; !last; ) {
      StoreCheck.Step step = check.next(position);
      found.addAll(step.findings());
      position = step.position();
      last = step.last();
    }
    return found;
  }

  private NavigableSet<String> names(TestLake lake, String below) {
    var names = new TreeSet<String>();
    lake.parts.objects().list(below, names::add);
    return names;
  }

  private void flip(String object) throws IOException {
    Path file = folder.resolve("objects").resolve(object);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }

  @Test
  void an_object_that_the_disk_does_not_give_hides_none_behind_it() throws IOException {
    try (var lake = new TestLake(folder, new TestKeys(), Failing::new)) {
      lake.write(TestLake.rows(0, 50, 5), List.of());
      lake.write(TestLake.rows(50, 50, 5), List.of());
      assertThat(findings(lake.lake.check())).isEmpty();
      NavigableSet<String> data = names(lake, SealedFile.FOLDER);
      broken.add(data.first());
      flip(data.last());
      assertThat(findings(lake.lake.check()))
          .extracting(Finding::text)
          .anyMatch(
              text ->
                  text.startsWith("lake/objects/" + data.first() + " cannot be read: the disk")
                      && text.contains("Input/output error"))
          .anyMatch(text -> text.startsWith("lake/objects/" + data.last() + " is not what"));
    }
  }

  @Test
  void metadata_that_the_disk_does_not_give_hides_no_object() throws IOException {
    var keys = new TestKeys();
    try (var lake = new TestLake(folder, keys, Failing::new)) {
      lake.write(TestLake.rows(0, 50, 5), List.of());
    }
    // Opened anew, it does not remember what its manifests say.
    try (var lake = new TestLake(folder, keys, Failing::new)) {
      NavigableSet<String> data = names(lake, SealedFile.FOLDER);
      names(lake, MetadataIo.FOLDER).stream()
          .filter(name -> name.endsWith(".avro"))
          .forEach(broken::add);
      flip(data.last());
      assertThat(findings(lake.lake.check()))
          .extracting(Finding::text)
          .anyMatch(
              text ->
                  text.startsWith(
                      "the metadata of the lake's table readings cannot be read: the disk"))
          .anyMatch(text -> text.startsWith("lake/objects/" + data.last() + " is not what"));
    }
  }

  private void write(TestLake lake, int from, int to) {
    for (int i = from; i < to; i++) {
      lake.write(TestLake.rows(10L * i, 10, 5), List.of());
    }
  }

  /** A lake's manifests are many, and who serves waits for the step. */
  @Test
  void a_step_reads_a_few_manifests_and_another_process_goes_on_from_there() throws IOException {
    var keys = new TestKeys();
    Set<String> before;
    try (var lake = new TestLake(folder, keys, Failing::new)) {
      before = names(lake, SealedFile.FOLDER);
      write(lake, 0, 17);
      var last = new TreeSet<>(names(lake, SealedFile.FOLDER));
      write(lake, 17, 18);
      before.addAll(last);
    }
    try (var lake = new TestLake(folder, keys, Failing::new)) {
      NavigableSet<String> newest = names(lake, SealedFile.FOLDER);
      newest.removeAll(before);
      metadataRead = 0;
      StoreCheck.Step first = lake.lake.check().next(StoreCheck.BEGINNING);
      // Where the table stands, its manifest list and both again for the guard.
      assertThat(metadataRead).isLessThanOrEqualTo(LakeNames.MANIFESTS_A_STEP + 4);
      Files.delete(folder.resolve("objects").resolve(newest.first()));
      var check =
          new LakeCheck(
              lake.parts,
              new LakeNames(
                  lake.parts.objects(),
                  lake.tables(),
                  new PointerGuard(lake.tables(), lake.parts.history()),
                  new Readers()),
              3);
      assertThat(findings(check, first.position()))
          .extracting(Finding::text)
          .singleElement()
          .matches(text -> text.startsWith("lake/objects/" + newest.first() + " is missing"));
    }
  }

  @Test
  void what_is_merged_between_two_steps_is_looked_at_all_the_same() throws IOException {
    try (var lake = new TestLake(folder, new TestKeys(), Failing::new)) {
      write(lake, 0, 17);
      var before = names(lake, SealedFile.FOLDER);
      write(lake, 17, 18);
      NavigableSet<String> newest = names(lake, SealedFile.FOLDER);
      newest.removeAll(before);
      Files.delete(folder.resolve("objects").resolve(newest.first()));
      StoreCheck.Step first = lake.lake.check().next(StoreCheck.BEGINNING);
      assertThat(first.findings()).isEmpty();
      write(lake, 18, 24);
      assertThat(
              lake.tables()
                  .at(lake.tables().pointer(Tables.READINGS).orElseThrow())
                  .currentSnapshot()
                  .allManifests(lake.tables().io()))
          .hasSizeLessThan(18);
      assertThat(findings(lake.lake.check(), first.position()))
          .extracting(Finding::text)
          .anyMatch(text -> text.startsWith("lake/objects/" + newest.first() + " is missing"));
    }
  }

  @Test
  void few_names_are_in_memory_and_every_object_is_read() throws IOException {
    try (var lake = new TestLake(folder, new TestKeys(), Failing::new)) {
      write(lake, 0, 5);
      List<String> flipped = new ArrayList<>();
      for (String below : List.of(SealedFile.FOLDER, MetadataIo.FOLDER)) {
        NavigableSet<String> names = names(lake, below);
        flipped.add(names.first());
        flipped.add(names.last());
      }
      for (String object : flipped) {
        flip(object);
      }
      var names =
          new LakeNames(
              lake.parts.objects(),
              lake.tables(),
              new PointerGuard(lake.tables(), lake.parts.history()),
              new Readers());
      assertThat(findings(new LakeCheck(lake.parts, names, 3), SealedFile.FOLDER))
          .extracting(Finding::where)
          .containsExactly(
              flipped.stream().map(name -> "lake/objects/" + name).toArray(String[]::new));
    }
  }

  /** Who closes the lake waits for it. */
  @Test
  void a_step_ends_behind_the_piece_of_work_that_it_is_at() {
    try (var lake = new TestLake(folder, new TestKeys(), Failing::new)) {
      write(lake, 0, 5);
      StoreCheck check = lake.lake.check();
      var asked = new AtomicInteger();
      StoreCheck.Step step = check.next(StoreCheck.BEGINNING, () -> asked.incrementAndGet() < 3);
      assertThat(asked.get()).isEqualTo(3);
      assertThat(step.last()).isFalse();
      assertThat(step.findings()).isEmpty();
      assertThat(findings(check, step.position())).isEmpty();
      StoreCheck.Step begun = check.next(SealedFile.FOLDER);
      assertThat(check.next(begun.position(), () -> false).position()).isEqualTo(begun.position());
    }
  }
}
