package io.telltale.lake.upkeep;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Finding;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.LakeParts;
import io.telltale.lake.seal.FileVault;
import io.telltale.lake.seal.MetadataIo;
import io.telltale.lake.seal.MetadataKeys;
import io.telltale.lake.seal.SealedBlocks;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.table.PointerGuard;
import io.telltale.lake.table.Readers;
import io.telltale.lake.table.TableStore;
import io.telltale.leases.FileKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import javax.crypto.SecretKey;

/**
 * Whether everything that the tables name is there, and then every data and metadata object, block
 * by block, as its key seals it. In order of their names, some at a time.
 */
public final class LakeCheck implements StoreCheck {
  private static final int NAMES_IN_MEMORY = 65_536;
  private static final int OBJECTS_A_STEP = 32;
  private static final long BYTES_A_STEP = 4L << 20;
  static final String OBJECT_LOST =
      "Its rows cannot be read; questions that need them are refused, all others are answered. "
          + Finding.FROM_A_COPY;
  private static final String LOOK_AT_IT =
      "The lake gives nothing such a name: look at what it is, and remove it or put it elsewhere;"
          + " the server leaves it alone.";

  private final LakeParts parts;
  private final MetadataKeys keys;
  private final LakeNames names;
  private final int namesInMemory;
  private NavigableSet<String> objects = new TreeSet<>();
  private boolean more;
  private String reached = BEGINNING;

  public LakeCheck(LakeParts parts, TableStore tables, PointerGuard guard, Readers readers) {
    this(parts, new LakeNames(parts.objects(), tables, guard, readers), NAMES_IN_MEMORY);
  }

  /**
   * @param namesInMemory of objects, at a time
   */
  public LakeCheck(LakeParts parts, LakeNames names, int namesInMemory) {
    this.parts = parts;
    this.keys = new MetadataKeys(parts);
    this.names = names;
    this.namesInMemory = namesInMemory;
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
  public Step next(String position, BooleanSupplier goesOn) {
    // A folder's name is before all that is in it, and the other folder.
    if (LakeNames.isPlace(position)) {
      return names.next(position, SealedFile.FOLDER, goesOn);
    }
    var step = new Running();
    String at = position;
    if (!position.equals(reached)) {
      list(at, goesOn);
    }
    for (int i = 0; i < OBJECTS_A_STEP && step.bytes < BYTES_A_STEP && goesOn.getAsBoolean(); i++) {
      if (objects.higher(at) == null && more) {
        list(at, goesOn);
      }
      String next = objects.higher(at);
      if (next == null) {
        break;
      }
      at = next;
      object(step, at);
    }
    reached = at;
    boolean last = objects.higher(at) == null && !more;
    return new Step(reached, last, step.bytes, step.unread, step.findings);
  }

  // The first behind a name: a lake may hold more names than who serves has memory for.
  private void list(String after, BooleanSupplier goesOn) {
    objects = new TreeSet<>();
    more = false;
    for (String folder : List.of(SealedFile.FOLDER, MetadataIo.FOLDER)) {
      parts
          .objects()
          .list(
              folder,
              name -> {
                if (!goesOn.getAsBoolean()) {
                  throw new UnavailableException("the check of the lake was ended");
                }
                keep(name, after);
              });
    }
  }

  private void keep(String found, String after) {
    // Positions are written down, and what is not ours is not opened.
    String name = ObjectNames.isOurs(parts.objects(), found) ? found : ObjectNames.shown(found);
    if (name.compareTo(after) > 0) {
      objects.add(name);
    }
    if (objects.size() > namesInMemory) {
      objects.pollLast();
      more = true;
    }
  }

  private void object(Running step, String name) {
    if (!ObjectNames.isOurs(parts.objects(), name)) {
      step.findings.add(new Finding("lake/objects/" + name, "is not ours", LOOK_AT_IT));
      return;
    }
    if (!parts.objects().finished(name).equals(name)) {
      // What a crash has left half written.
      return;
    }
    Optional<Bytes> data = SealedFile.idOf(name);
    Optional<MetadataIo.Name> meta = MetadataIo.Name.ofName(name);
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
    Optional<SecretKey> key = data.isPresent() ? dataKey(step, name) : metaKey(meta.orElseThrow());
    if (key.isEmpty()) {
      step.unread++;
      return;
    }
    Bytes id = data.orElseGet(() -> meta.orElseThrow().file());
    if (!SealedBlocks.holds(key.get(), id, sealed.get().asBuffer())) {
      step.findings.add(new Finding("lake/objects/" + name, "is not what was stored", OBJECT_LOST));
    }
  }

  // A key that is not there is erased with its scope, or the key store's own check tells of it.
  private Optional<SecretKey> dataKey(Running step, String object) {
    FileKeys own = parts.keys().apply(parts.self());
    FileKeys.Access answer = own.open("lake/" + object);
    if (answer instanceof FileKeys.Access.Gone gone && gone.isUndecryptable()) {
      step.findings.add(
          new Finding("lake/objects/" + object, "has a key that does not open", OBJECT_LOST));
    }
    return FileVault.opened(answer);
  }

  private Optional<SecretKey> metaKey(MetadataIo.Name name) {
    try {
      return Optional.of(keys.fileKey(name.key(), name.file()));
    } catch (UnavailableException e) {
      return Optional.empty();
    }
  }
}
