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
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 35: one object that the disk does not give hides none behind it. */
class LakeCheckTest {
  @TempDir Path folder;
  private final Set<String> broken = new ConcurrentSkipListSet<>();

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
      if (broken.contains(name)) {
        throw new UnavailableException("reading " + name, new IOException("Input/output error"));
      }
      return whole.get(name);
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
    var found = new ArrayList<Finding>();
    String position = StoreCheck.BEGINNING;
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
          .anyMatch(text -> text.startsWith("the lake's metadata cannot be read: the disk"))
          .anyMatch(text -> text.startsWith("lake/objects/" + data.last() + " is not what"));
    }
  }
}
