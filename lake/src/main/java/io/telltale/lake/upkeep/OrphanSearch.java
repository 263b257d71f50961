package io.telltale.lake.upkeep;

import io.telltale.lake.LakeParts;
import io.telltale.lake.TablePointer;
import io.telltale.lake.seal.MetadataIo;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.table.Pointers;
import io.telltale.lake.table.Readers;
import io.telltale.lake.table.TableStore;
import io.telltale.lake.table.Tables;
import io.telltale.lake.table.Unnamed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
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
 * was rolled back has left. Step by step, since it reads everything that the tables name; in memory
 * that does not grow with the lake, so that a few orphans may be missed, others each time. Each
 * step while no file waits for its commit.
 */
final class OrphanSearch implements AutoCloseable {
  /** Found at once; the next search finds more. */
  static final int ORPHANS_MAX = 65_536;

  private static final int MANIFESTS_A_STEP = 16;

  private final LakeParts parts;
  private final TableStore tables;
  private final NameFilter needed;
  private final Readers.Lease lease;
  private final Set<String> manifests = new HashSet<>();
  private final Deque<Unread> unread = new ArrayDeque<>();

  private record Unread(Table table, ManifestFile manifest) {}

  /**
   * @param needed empty; it takes in all names that something needs
   */
  OrphanSearch(LakeParts parts, TableStore tables, Readers readers, NameFilter needed) {
    this.parts = parts;
    this.tables = tables;
    this.needed = needed;
    this.lease = readers.enter();
  }

  /** Reads on; whether all that is named now is known. */
  boolean step() {
    parts.database().read(this::look);
    for (int i = 0; i < MANIFESTS_A_STEP && !unread.isEmpty(); i++) {
      read(unread.remove());
    }
    return unread.isEmpty();
  }

  // Together, so that what a commit lets go of is either still named or known to be let go of.
  private boolean look(Connection connection) throws SQLException {
    Unnamed.first(connection, Long.MAX_VALUE, Integer.MAX_VALUE)
        .forEach(entry -> needed.add(entry.object()));
    for (String name : List.of(Tables.READINGS, Tables.MINUTES)) {
      Pointers.read(connection, name).ifPresent(pointer -> look(pointer, tables.at(pointer)));
    }
    return true;
  }

  private void look(TablePointer pointer, Table table) {
    needed.add(pointer.pointer());
    for (Snapshot snapshot : table.snapshots()) {
      needed.add(snapshot.manifestListLocation());
      for (ManifestFile manifest : snapshot.allManifests(table.io())) {
        if (manifests.add(manifest.path())) {
          needed.add(manifest.path());
          unread.add(new Unread(table, manifest));
        }
      }
    }
  }

  private void read(Unread next) {
    try (CloseableIterable<DataFile> files =
        ManifestFiles.read(next.manifest(), next.table().io(), next.table().specs())) {
      for (DataFile file : files) {
        SealedFile.Pair.decode(file.keyMetadata()).objects().forEach(needed::add);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("closing what was only in memory", e);
    }
  }

  /** Some of what is there and not needed; within the step by which everything is known. */
  Deque<String> orphans() {
    var orphans = new ArrayDeque<String>();
    for (String folder : List.of(SealedFile.FOLDER, MetadataIo.FOLDER)) {
      parts
          .objects()
          .list(
              folder,
              name -> {
                if (orphans.size() < ORPHANS_MAX && isOrphan(name)) {
                  orphans.add(name);
                }
              });
    }
    return orphans;
  }

  // What has no name of ours is not ours to delete.
  private boolean isOrphan(String name) {
    return ObjectNames.isOurs(parts.objects(), name) && !needed.mayHold(name);
  }

  @Override
  public void close() {
    lease.close();
  }
}
