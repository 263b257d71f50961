package io.telltale.lake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;

/**
 * Deletes objects that no table names: what a crash or a rolled-back transaction left, and what was
 * replaced. An object must have been unnamed for a while, since its writer may be about to commit.
 */
final class Sweeper {
  private static final Logger LOG = System.getLogger(Sweeper.class.getName());
  private static final Duration GRACE = Duration.ofMinutes(2);

  private final LakeParts parts;
  private final TableStore tables;
  private final Map<String, Instant> unnamedSince = new HashMap<>();

  Sweeper(LakeParts parts, TableStore tables) {
    this.parts = parts;
    this.tables = tables;
  }

  /** Before the first write of this process: nothing can be about to commit. */
  void sweepAtStart() {
    sweep(Duration.ZERO);
  }

  void sweep() {
    sweep(GRACE);
  }

  // Listed first and named later: an object that is committed in between is named.
  private void sweep(Duration grace) {
    List<String> objects = new ArrayList<>();
    parts.objects().list(SealedFile.FOLDER, objects::add);
    parts.objects().list(MetadataIo.FOLDER, objects::add);
    Set<String> named = named();
    Instant now = parts.clock().instant();
    unnamedSince.keySet().retainAll(objects);
    unnamedSince.keySet().removeAll(named);
    var due = new ArrayList<String>();
    for (String object : objects) {
      if (!named.contains(object)
          && !unnamedSince.computeIfAbsent(object, _ -> now).isAfter(now.minus(grace))) {
        due.add(object);
      }
    }
    due.forEach(parts.objects()::delete);
    unnamedSince.keySet().removeAll(due);
    List<String> keys =
        due.stream()
            .filter(object -> object.startsWith(SealedFile.FOLDER + "/"))
            .map(object -> "lake/" + object)
            .toList();
    if (!due.isEmpty()) {
      parts.keys().apply(parts.self()).forget(keys);
      LOG.log(Level.INFO, "lake.swept objects={0}", due.size());
    }
  }

  private Set<String> named() {
    var named = new HashSet<String>();
    for (String table : List.of(Tables.READINGS, Tables.MINUTES)) {
      tables
          .pointer(table)
          .ifPresent(
              pointer -> {
                named.add(pointer.pointer());
                name(tables.at(pointer), named);
              });
    }
    return named;
  }

  private static void name(Table table, Set<String> named) {
    for (Snapshot snapshot : table.snapshots()) {
      named.add(snapshot.manifestListLocation());
      for (ManifestFile manifest : snapshot.allManifests(table.io())) {
        if (named.add(manifest.path())) {
          name(table, manifest, named);
        }
      }
    }
  }

  private static void name(Table table, ManifestFile manifest, Set<String> named) {
    try (CloseableIterable<DataFile> files =
        ManifestFiles.read(manifest, table.io(), table.specs())) {
      for (DataFile file : files) {
        SealedFile.Pair pair = SealedFile.Pair.decode(file.keyMetadata());
        named.add(pair.main().object());
        pair.restricted().ifPresent(half -> named.add(half.object()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("closing what was only in memory", e);
    }
  }
}
