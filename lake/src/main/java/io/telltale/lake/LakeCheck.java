package io.telltale.lake;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Finding;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import io.telltale.keys.FileKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.SecretKey;

/**
 * Whether everything that the tables name is there, and then every data and metadata object, block
 * by block, as its key seals it. In order of their names, some at a time.
 */
final class LakeCheck implements StoreCheck {
  private static final Pattern DATA = Pattern.compile("data/([0-9a-f]{32})");
  private static final int OBJECTS_A_STEP = 32;
  private static final long BYTES_A_STEP = 4L << 20;
  private static final String OBJECT_LOST =
      "Its rows cannot be read; questions that need them are refused, all others are answered. "
          + Finding.FROM_A_COPY;

  private final LakeParts parts;
  private final TableStore tables;
  private final MetadataKeys keys;
  private final PointerGuard guard;
  private final Readers readers;
  private NavigableSet<String> objects = new TreeSet<>();
  private String reached = BEGINNING;

  LakeCheck(LakeParts parts, TableStore tables, PointerGuard guard, Readers readers) {
    this.parts = parts;
    this.tables = tables;
    this.keys = new MetadataKeys(parts);
    this.guard = guard;
    this.readers = readers;
  }

  @Override
  public String name() {
    return "lake";
  }

  /** What one step has come to so far. */
  private static final class Running {
    private final List<Finding> findings = new ArrayList<>();
    private long bytes;
    private long unread;
  }

  @Override
  public Step next(String position) {
    var step = new Running();
    if (position.isEmpty()) {
      checkNames(step);
    }
    if (position.isEmpty() || !position.equals(reached)) {
      list();
    }
    String at = position;
    for (int i = 0; i < OBJECTS_A_STEP && step.bytes < BYTES_A_STEP; i++) {
      String next = objects.higher(at);
      if (next == null) {
        break;
      }
      at = next;
      object(step, at);
    }
    // A beginning that holds nothing must not look like the beginning again.
    reached = at.isEmpty() ? MetadataIo.FOLDER : at;
    boolean last = objects.higher(at) == null;
    return new Step(reached, last, step.bytes, step.unread, step.findings);
  }

  private void list() {
    objects = new TreeSet<>();
    parts.objects().list(SealedFile.FOLDER, objects::add);
    parts.objects().list(MetadataIo.FOLDER, objects::add);
  }

  private void checkNames(Running step) {
    try {
      guard.check();
    } catch (CorruptException e) {
      step.findings.add(
          new Finding("lake/pipeline.db", "is not at its place", String.valueOf(e.getMessage())));
    }
    try (var search = new OrphanSearch(parts, tables, readers)) {
      for (boolean known = false; !known; ) {
        known = search.step();
      }
      for (String object : search.missing()) {
        if (parts.objects().get(object).isEmpty()) {
          step.findings.add(
              new Finding("lake/objects/" + object, "is missing: a table names it", OBJECT_LOST));
        }
      }
    } catch (CorruptException e) {
      step.findings.add(
          new Finding(
              "the lake's metadata",
              "cannot be followed to its end",
              ": " + e.getMessage(),
              Finding.FROM_A_COPY));
    } catch (UnavailableException e) {
      // One manifest that the disk does not give must not keep all objects from being read.
      step.findings.add(Finding.unreadable("the lake's metadata", e));
    }
  }

  private void object(Running step, String name) {
    Optional<Bytes> sealed;
    try {
      sealed = parts.objects().get(name);
    } catch (UnavailableException e) {
      step.findings.add(Finding.unreadable("lake/objects/" + name, e));
      return;
    }
    if (sealed.isEmpty()) {
      // Let go of meanwhile; what is named and gone is found above.
      return;
    }
    step.bytes += sealed.get().size();
    Matcher data = DATA.matcher(name);
    Optional<MetadataIo.Name> meta = MetadataIo.Name.ofName(name);
    if (!data.matches() && meta.isEmpty()) {
      // Not a name of ours: what a crash has left half written.
      return;
    }
    Optional<SecretKey> key = data.matches() ? dataKey(name) : metaKey(meta.orElseThrow());
    if (key.isEmpty()) {
      step.unread++;
      return;
    }
    Bytes id = data.matches() ? Bytes.ofHex(data.group(1)) : meta.orElseThrow().file();
    if (!SealedBlocks.holds(key.get(), id, sealed.get().asBuffer())) {
      step.findings.add(new Finding("lake/objects/" + name, "is not what was stored", OBJECT_LOST));
    }
  }

  private Optional<SecretKey> dataKey(String object) {
    FileKeys own = parts.keys().apply(parts.self());
    return FileVault.opened(own.open("lake/" + object));
  }

  private Optional<SecretKey> metaKey(MetadataIo.Name name) {
    try {
      return Optional.of(keys.fileKey(name.key(), name.file()));
    } catch (UnavailableException e) {
      return Optional.empty();
    }
  }
}
