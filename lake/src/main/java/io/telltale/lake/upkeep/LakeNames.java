package io.telltale.lake.upkeep;

import io.telltale.db.CondemnedException;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Finding;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.TablePointer;
import io.telltale.lake.seal.KeyAwayException;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.table.PointerGuard;
import io.telltale.lake.table.Readers;
import io.telltale.lake.table.TableStore;
import io.telltale.lake.table.Tables;
import io.telltale.objects.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;

/**
 * Whether the tables stand where the ledger says and everything that they name is there: some
 * manifests a step, each held in memory by itself. The oldest first: whatever merges some of them
 * that were not looked at yet comes later.
 */
final class LakeNames {
  static final int MANIFESTS_A_STEP = 8;

  private static final String NAMES = "names ";
  private static final String WHETHER = "whether all that the lake's tables name is there";
  private static final List<String> TABLES = List.of(Tables.READINGS, Tables.MINUTES);
  private static final Comparator<ManifestFile> AGE =
      Comparator.comparingLong(ManifestFile::sequenceNumber).thenComparing(ManifestFile::path);

  private final ObjectStore objects;
  private final TableStore tables;
  private final PointerGuard guard;
  private final Readers readers;

  LakeNames(ObjectStore objects, TableStore tables, PointerGuard guard, Readers readers) {
    this.objects = objects;
    this.tables = tables;
    this.guard = guard;
    this.readers = readers;
  }

  /**
   * Behind which manifest of which table a step begins.
   *
   * @param sequence when it was written, in commits of its table
   */
  private record Place(int table, long sequence, String manifest) {
    static Place beginning(int table) {
      return new Place(table, -1, "-");
    }

    static Place of(String position) {
      if (position.isEmpty()) {
        return beginning(0);
      }
      String[] parts = position.split(" ", -1);
      return new Place(Integer.parseInt(parts[1]), Long.parseLong(parts[2]), parts[3]);
    }

    static Place of(int table, ManifestFile manifest) {
      return new Place(table, manifest.sequenceNumber(), manifest.path());
    }

    boolean isBefore(ManifestFile other) {
      return sequence < other.sequenceNumber()
          || (sequence == other.sequenceNumber() && manifest.compareTo(other.path()) < 0);
    }

    String text() {
      return NAMES + table + " " + sequence + " " + manifest;
    }
  }

  /** Whether a step from there is one of this. */
  static boolean isPlace(String position) {
    return position.isEmpty() || position.startsWith(NAMES);
  }

  /** What one step has come to so far. */
  private static final class Running {
    private final List<Finding> findings = new ArrayList<>();
    private long bytes;

    StoreCheck.Step at(Place place) {
      return new StoreCheck.Step(place.text(), false, bytes, 0, findings);
    }
  }

  /** A step; one that is behind everything ends at {@code end}. */
  StoreCheck.Step next(String position, String end, BooleanSupplier goesOn) {
    var step = new Running();
    Place from = Place.of(position);
    if (from.table() >= TABLES.size()) {
      return new StoreCheck.Step(end, false, 0, 0, List.of());
    }
    // Nothing that is named when it looks is deleted before it has looked for it.
    try (Readers.Lease _ = readers.enter()) {
      if (position.isEmpty()) {
        stand(step);
      }
      return manifests(step, from, goesOn);
    } catch (CondemnedException e) {
      step.findings.add(Finding.untold(WHETHER, String.valueOf(e.getMessage())));
    } catch (CorruptException e) {
      step.findings.add(
          new Finding(
              metadata(from.table()),
              "cannot be followed to its end",
              ": " + e.getMessage(),
              Finding.FROM_A_COPY));
    } catch (KeyAwayException e) {
      step.findings.add(Finding.untold(metadata(from.table()), String.valueOf(e.getMessage())));
    } catch (UnavailableException e) {
      // What the disk does not give must not keep all objects from being read.
      step.findings.add(Finding.unreadable(metadata(from.table()), e));
    }
    return step.at(Place.beginning(from.table() + 1));
  }

  private static String metadata(int table) {
    return "the metadata of the lake's table " + TABLES.get(table);
  }

  private void stand(Running step) {
    try {
      guard.check();
    } catch (CondemnedException e) {
      step.findings.add(
          Finding.untold(
              "whether the lake's tables stand where the ledger says",
              String.valueOf(e.getMessage())));
    } catch (CorruptException e) {
      step.findings.add(
          new Finding("lake/pipeline.db", "is not at its place", String.valueOf(e.getMessage())));
    }
  }

  private StoreCheck.Step manifests(Running step, Place from, BooleanSupplier goesOn) {
    Optional<TablePointer> pointer = tables.pointer(TABLES.get(from.table()));
    if (pointer.isEmpty()) {
      return step.at(Place.beginning(from.table() + 1));
    }
    Table table = tables.at(pointer.get());
    Place at = from;
    int count = 0;
    for (ManifestFile manifest : behind(from, pointer.get(), table, step)) {
      if (count == MANIFESTS_A_STEP || !goesOn.getAsBoolean()) {
        return step.at(at);
      }
      if (look(step, table, manifest, goesOn)) {
        return step.at(at);
      }
      at = Place.of(from.table(), manifest);
      count++;
    }
    return step.at(Place.beginning(from.table() + 1));
  }

  private List<ManifestFile> behind(Place from, TablePointer pointer, Table table, Running step) {
    var byPath = new TreeMap<String, ManifestFile>();
    if (from.sequence() < 0) {
      require(step, pointer.pointer());
    }
    for (Snapshot snapshot : table.snapshots()) {
      if (from.sequence() < 0) {
        require(step, snapshot.manifestListLocation());
      }
      snapshot.allManifests(table.io()).stream()
          .filter(from::isBefore)
          .forEach(manifest -> byPath.put(manifest.path(), manifest));
    }
    return byPath.values().stream().sorted(AGE).toList();
  }

  /** Looks for all that a manifest names; true when it was ended before. */
  private boolean look(Running step, Table table, ManifestFile manifest, BooleanSupplier goesOn) {
    String where = "lake/objects/" + manifest.path();
    step.bytes += manifest.length();
    if (!require(step, manifest.path())) {
      return false;
    }
    try (CloseableIterable<DataFile> files =
        ManifestFiles.read(manifest, table.io(), table.specs())) {
      for (DataFile file : files) {
        if (!goesOn.getAsBoolean()) {
          return true;
        }
        SealedFile.Pair.decode(file.keyMetadata()).objects().forEach(name -> require(step, name));
      }
    } catch (KeyAwayException e) {
      step.findings.add(Finding.untold(where, String.valueOf(e.getMessage())));
    } catch (UnavailableException e) {
      step.findings.add(Finding.unreadable(where, e));
    } catch (CorruptException e) {
      step.findings.add(
          new Finding(where, "cannot be read", ": " + e.getMessage(), LakeCheck.OBJECT_LOST));
    } catch (IOException e) {
      throw new UncheckedIOException("closing what was only in memory", e);
    }
    return false;
  }

  /** Whether it is there, as far as the disk says. */
  private boolean require(Running step, String object) {
    try {
      if (objects.exists(object)) {
        return true;
      }
      step.findings.add(
          new Finding(
              "lake/objects/" + object, "is missing: a table names it", LakeCheck.OBJECT_LOST));
    } catch (UnavailableException e) {
      step.findings.add(Finding.unreadable("lake/objects/" + object, e));
    }
    return false;
  }
}
