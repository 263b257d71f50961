package io.telltale.lake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;

/**
 * Looks for objects that no table names and nobody let go of: what a crash or a transaction that
 * was rolled back has left. Step by step, since it reads everything that the tables name. To be
 * begun while no file waits for its commit.
 */
final class OrphanSearch implements AutoCloseable {
  private static final int MANIFESTS_A_STEP = 16;

  private final Readers.Lease lease;
  private final List<String> objects = new ArrayList<>();
  private final Set<String> named = new HashSet<>();
  private final Set<String> letGo = new HashSet<>();
  private final Deque<Unread> unread = new ArrayDeque<>();

  private record Unread(Table table, ManifestFile manifest) {}

  OrphanSearch(LakeParts parts, TableStore tables, Readers readers) {
    lease = readers.enter();
    try {
      parts.objects().list(SealedFile.FOLDER, this::found);
      parts.objects().list(MetadataIo.FOLDER, this::found);
      parts.database().read(connection -> look(connection, tables));
    } catch (RuntimeException e) {
      lease.close();
      throw e;
    }
  }

  // What has no name of ours is not ours to delete.
  private void found(String name) {
    if (ObjectNames.isOurs(name)) {
      objects.add(name);
    }
  }

  // Together, so that what a commit lets go of is either still named or known to be let go of.
  private boolean look(java.sql.Connection connection, TableStore tables)
      throws java.sql.SQLException {
    Unnamed.first(connection, Long.MAX_VALUE, Integer.MAX_VALUE)
        .forEach(entry -> letGo.add(entry.object()));
    for (String name : List.of(Tables.READINGS, Tables.MINUTES)) {
      Pointers.read(connection, name).ifPresent(pointer -> look(pointer, tables.at(pointer)));
    }
    return true;
  }

  private void look(TablePointer pointer, Table table) {
    named.add(pointer.pointer());
    for (Snapshot snapshot : table.snapshots()) {
      named.add(snapshot.manifestListLocation());
      for (ManifestFile manifest : snapshot.allManifests(table.io())) {
        if (named.add(manifest.path())) {
          unread.add(new Unread(table, manifest));
        }
      }
    }
  }

  /** Reads on; whether everything is known now. */
  boolean step() {
    for (int i = 0; i < MANIFESTS_A_STEP && !unread.isEmpty(); i++) {
      read(unread.remove());
    }
    return unread.isEmpty();
  }

  private void read(Unread next) {
    try (CloseableIterable<DataFile> files =
        ManifestFiles.read(next.manifest(), next.table().io(), next.table().specs())) {
      for (DataFile file : files) {
        named.addAll(SealedFile.Pair.decode(file.keyMetadata()).objects());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("closing what was only in memory", e);
    }
  }

  /** What was found, once everything is known. */
  Deque<String> orphans() {
    var orphans = new ArrayDeque<>(objects);
    orphans.removeAll(named);
    orphans.removeAll(letGo);
    return orphans;
  }

  @Override
  public void close() {
    lease.close();
  }
}
