package io.telltale.lake.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.fakes.ForwardingObjects;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Finding;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.TestKeys;
import io.telltale.lake.TestLake;
import io.telltale.lake.seal.MetadataIo;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.table.PointerGuard;
import io.telltale.lake.table.Readers;
import io.telltale.lake.table.Tables;
import io.telltale.objects.ObjectStore;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Firm ground 35: one object that the disk does not give hides none behind it. */
@Timeout(120)
class LakeCheckTest {
  @TempDir Path folder;
  private final Set<String> broken = new ConcurrentSkipListSet<>();
  private int metadataRead;
  private int listed;

  /** The disk does not give what is broken. */
  private final class Failing implements ForwardingObjects {
    private final ObjectStore whole;

    Failing(ObjectStore whole) {
      this.whole = whole;
    }

    @Override
    public ObjectStore whole() {
      return whole;
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
    public void list(String prefix, Consumer<String> each) {
      listed++;
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
          .anyMatch(text -> text.startsWith("lake/objects/" + data.last() + " is not what"))
          .anyMatch(text -> text.contains("was stored. Its rows cannot be read;"));
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

  // The disk was blamed for a key that somebody had disabled.
  @Test
  void metadata_whose_key_is_away_are_not_told_to_be_damaged_and_hide_no_object()
      throws IOException {
    var keys = new TestKeys();
    try (var lake = new TestLake(folder, keys, Failing::new)) {
      lake.write(TestLake.rows(0, 50, 5), List.of());
    }
    try (var lake = new TestLake(folder, keys, Failing::new)) {
      NavigableSet<String> data = names(lake, SealedFile.FOLDER);
      flip(data.last());
      keys.disable(
          new Scope(TestLake.PIPELINE.tenant(), "lake", "local", "metadata", Sensitivity.INTERNAL));
      List<Finding> found = findings(lake.lake.check());
      assertThat(found)
          .filteredOn(Finding::isUntold)
          .extracting(Finding::text)
          .anyMatch(text -> text.startsWith("the metadata of the lake's table readings cannot be"))
          .allMatch(text -> text.contains("scope-key-disabled"));
      assertThat(found)
          .filteredOn(one -> !one.isUntold())
          .extracting(Finding::text)
          .singleElement()
          .asString()
          .startsWith("lake/objects/" + data.last() + " is not what");
    }
  }

  @Test
  void metadata_whose_key_is_gone_are_told_of() throws IOException {
    var keys = new TestKeys();
    try (var lake = new TestLake(folder, keys, Failing::new)) {
      lake.write(TestLake.rows(0, 50, 5), List.of());
    }
    try (var lake = new TestLake(folder, keys, Failing::new)) {
      keys.lose("lake/meta/");
      assertThat(findings(lake.lake.check()))
          .filteredOn(one -> !one.isUntold())
          .extracting(Finding::text)
          .anyMatch(
              text ->
                  text.startsWith("the metadata of the lake's table readings cannot be read")
                      && text.contains("no-such-key"));
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
      assertThat(findings(check(lake, 3), first.position()))
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
      assertThat(findings(check(lake, 3), SealedFile.FOLDER))
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

  private LakeCheck check(TestLake lake, int namesInMemory) {
    var names =
        new LakeNames(
            lake.parts.objects(),
            lake.tables(),
            new PointerGuard(lake.tables(), lake.parts.history()),
            new Readers());
    return new LakeCheck(lake.parts, names, namesInMemory);
  }

  private static String unknown(int number) {
    return SealedFile.FOLDER + "/%032x".formatted(number);
  }

  /** Objects without a key, which nobody can read. */
  private static void putUnknown(TestLake lake, int from, int to, int bytes) {
    for (int i = from; i < to; i++) {
      lake.parts.objects().put(unknown(i), ByteBuffer.allocate(bytes));
    }
  }

  private static StoreCheck.Step unread(int last, boolean end, long bytes, long objects) {
    return new StoreCheck.Step(unknown(last), end, bytes, objects, List.of());
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 1_000})
  void a_step_reads_a_few_objects_and_counts_what_nobody_can_read(int namesInMemory) {
    try (var lake = new TestLake(folder, new TestKeys(), Failing::new)) {
      putUnknown(lake, 0, 40, 10);
      LakeCheck check = check(lake, namesInMemory);
      assertThat(check.next(SealedFile.FOLDER)).isEqualTo(unread(31, false, 320, 32));
      // What is let go of meanwhile is not looked for.
      lake.parts.objects().delete(unknown(35));
      assertThat(check.next(unknown(31))).isEqualTo(unread(39, true, 70, 7));
      assertThat(check.next(SealedFile.FOLDER)).isEqualTo(unread(31, false, 320, 32));
    }
  }

  /** As often as names fit into memory, and not for each object. */
  @ParameterizedTest
  @CsvSource({"1000, 1", "40, 1", "39, 2", "4, 10"})
  void folders_are_listed_again_only_for_what_did_not_fit(int namesInMemory, int times) {
    try (var lake = new TestLake(folder, new TestKeys(), Failing::new)) {
      putUnknown(lake, 0, 40, 10);
      listed = 0;
      assertThat(findings(check(lake, namesInMemory), SealedFile.FOLDER)).isEmpty();
      assertThat(listed).as("of two folders").isEqualTo(2 * times);
    }
  }

  @Test
  void a_step_that_ends_with_the_last_object_is_the_last() {
    try (var lake = new TestLake(folder, new TestKeys(), Failing::new)) {
      putUnknown(lake, 0, 32, 10);
      assertThat(check(lake, 1_000).next(SealedFile.FOLDER)).isEqualTo(unread(31, true, 320, 32));
      assertThat(check(lake, 1_000).next(unknown(31))).isEqualTo(unread(31, true, 0, 0));
    }
  }

  @Test
  void a_step_reads_a_few_MiB() {
    try (var lake = new TestLake(folder, new TestKeys(), Failing::new)) {
      putUnknown(lake, 0, 6, 1 << 20);
      LakeCheck check = check(lake, 1_000);
      assertThat(check.next(SealedFile.FOLDER)).isEqualTo(unread(3, false, 4 << 20, 4));
      assertThat(check.next(unknown(3))).isEqualTo(unread(5, true, 2 << 20, 2));
    }
  }

  /** What a scope's or the pipeline's key opens is counted while nobody has it, and not judged. */
  @Test
  void what_nobody_can_read_now_is_counted_and_not_told_to_be_damaged() throws IOException {
    var keys = new TestKeys();
    try (var lake = new TestLake(folder, keys, Failing::new)) {
      write(lake, 0, 3);
      NavigableSet<String> data = names(lake, SealedFile.FOLDER);
      NavigableSet<String> meta = names(lake, MetadataIo.FOLDER);
      flip(data.first());
      keys.disable(TestLake.SCOPE);
      long bytes = 0;
      for (String name : concat(data, meta)) {
        bytes += Files.size(folder.resolve("objects").resolve(name));
      }
      var half = new Sum(check(lake, 1_000));
      assertThat(half.findings).isEmpty();
      assertThat(half.unread).isEqualTo(data.size());
      assertThat(half.bytes).isEqualTo(bytes);
      flip(meta.first());
      keys.refuse(TestLake.PIPELINE);
      var none = new Sum(check(lake, 1_000));
      assertThat(none.findings).isEmpty();
      assertThat(none.unread).isEqualTo(data.size() + meta.size());
    }
  }

  @Test
  void a_files_key_that_does_not_open_is_told_and_an_erased_one_is_not() {
    var keys = new TestKeys();
    try (var lake = new TestLake(folder, keys, Failing::new)) {
      write(lake, 0, 2);
      NavigableSet<String> data = names(lake, SealedFile.FOLDER);
      keys.spoil("lake/" + data.first());
      keys.lose("lake/" + data.last());
      var sum = new Sum(check(lake, 1_000));
      assertThat(sum.findings)
          .extracting(Finding::text)
          .containsExactly(
              "lake/objects/"
                  + data.first()
                  + " has a key that does not open. Its rows cannot be"
                  + " read; questions that need them are refused, all others are answered. "
                  + Finding.FROM_A_COPY);
    }
  }

  private static List<String> concat(Set<String> some, Set<String> others) {
    return Stream.concat(some.stream(), others.stream()).toList();
  }

  /** What all steps over objects come to. */
  private static final class Sum {
    private final List<Finding> findings = new ArrayList<>();
    private long bytes;
    private long unread;

    Sum(StoreCheck check) {
      String position = SealedFile.FOLDER;
      for (boolean last = false; !last; ) {
        StoreCheck.Step step = check.next(position);
        findings.addAll(step.findings());
        bytes += step.bytes();
        unread += step.unread();
        position = step.position();
        last = step.last();
      }
    }
  }

  @Test
  void what_a_crash_has_left_half_written_is_not_read() throws IOException {
    try (var lake = new TestLake(folder, new TestKeys(), Failing::new)) {
      write(lake, 0, 1);
      for (String below : List.of(SealedFile.FOLDER, MetadataIo.FOLDER)) {
        Path whole = folder.resolve("objects").resolve(names(lake, below).first());
        Files.writeString(whole.resolveSibling(whole.getFileName() + ".part"), "half");
        Files.delete(whole);
      }
      var sum = new Sum(check(lake, 1_000));
      assertThat(sum.findings).isEmpty();
      assertThat(sum.unread).isZero();
    }
  }

  @Test
  void a_listing_ends_when_it_is_told_to() {
    try (var lake = new TestLake(folder, new TestKeys(), Failing::new)) {
      write(lake, 0, 1);
      assertThatThrownBy(() -> lake.lake.check().next(SealedFile.FOLDER, () -> false))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("was ended");
      assertThat(lake.lake.check().name()).isEqualTo("lake");
    }
  }
}
