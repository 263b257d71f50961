package io.telltale.lake.table;

import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.TablePointer;
import io.telltale.lake.seal.SealedFile;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.ExpireSnapshots;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotUpdate;
import org.apache.iceberg.Transaction;

/** Changes of tables within somebody's transaction, and the events that tell of them. */
public final class TableCommits {
  // Who reads older ones reads them by the metadata that they have; what those name is kept for
  // them.
  private static final int SNAPSHOTS_KEPT = 1;

  private final TableStore tables;
  private final SpiffeId self;
  private final InstantSource clock;
  private final PointerGuard guard;
  private final Map<String, Optional<TablePointer>> reached = new HashMap<>();

  public TableCommits(TableStore tables, PointerGuard guard, SpiffeId self, InstantSource clock) {
    this.tables = tables;
    this.self = self;
    this.clock = clock;
    this.guard = guard;
  }

  /** Empty when there is nothing to append. */
  public Optional<Event> append(Connection transaction, String table, List<DataFile> files) {
    if (files.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        change(
            transaction,
            table,
            within -> {
              AppendFiles append = inCaller(within.newAppend());
              files.forEach(append::appendFile);
              append.commit();
            }));
  }

  /** Puts merged files in the place of those whose rows they hold. */
  public Event replace(
      Connection transaction, String table, List<DataFile> old, List<DataFile> merged) {
    Event moved =
        change(
            transaction,
            table,
            within -> {
              RewriteFiles rewrite =
                  inCaller(within.newRewrite())
                      .validateFromSnapshot(within.table().currentSnapshot().snapshotId());
              old.forEach(rewrite::deleteFile);
              merged.forEach(rewrite::addFile);
              rewrite.commit();
            });
    unname(
        transaction,
        old.stream()
            .flatMap(file -> SealedFile.Pair.decode(file.keyMetadata()).objects().stream())
            .toList());
    return moved;
  }

  private static <T extends SnapshotUpdate<T>> T inCaller(T update) {
    return update.scanManifestsWith(InCaller.RUN).writeManifestsWith(InCaller.RUN, 1);
  }

  private Event change(Connection transaction, String table, Consumer<Transaction> what) {
    requireOurs(transaction, table);
    SealedOperations operations = tables.inTransaction(table, transaction);
    Set<String> before = named(operations);
    Transaction within = new BaseTable(operations, table, TableStore.SILENT).newTransaction();
    what.accept(within);
    // Old snapshots are only let go here, however old; their files go when nothing names them.
    within
        .expireSnapshots()
        .expireOlderThan(Long.MAX_VALUE)
        .retainLast(SNAPSHOTS_KEPT)
        .cleanupLevel(ExpireSnapshots.CleanupLevel.NONE)
        .commit();
    within.commitTransaction();
    before.removeAll(named(operations));
    operations
        .moves()
        .forEach(move -> move.before().map(TablePointer::pointer).ifPresent(before::add));
    unname(transaction, before);
    reached.put(table, Optional.of(operations.moves().getLast().after()));
    return moved(table, operations.moves());
  }

  /** The metadata files that a table needs beside the one that its pointer names. */
  private static Set<String> named(SealedOperations operations) {
    var named = new TreeSet<String>();
    for (Snapshot snapshot : java.util.Objects.requireNonNull(operations.current()).snapshots()) {
      named.add(snapshot.manifestListLocation());
      snapshot.allManifests(operations.io()).forEach(manifest -> named.add(manifest.path()));
    }
    return named;
  }

  private static void unname(Connection transaction, Collection<String> objects) {
    try {
      Unnamed.add(transaction, objects);
    } catch (SQLException e) {
      throw new UnavailableException("noting what no table names any more", e);
    }
  }

  // Where the last change left it, unless that change was undone: then the history says so.
  private void requireOurs(Connection transaction, String table) {
    try {
      Optional<TablePointer> at = Pointers.read(transaction, table);
      if (!at.equals(reached.get(table)) && !guard.holds(table, at)) {
        throw PointerGuard.rolledBack(table, "it was moved under this program");
      }
    } catch (SQLException e) {
      throw new UnavailableException("reading the pointer of " + table, e);
    }
  }

  private Event moved(String table, List<SealedOperations.Move> moves) {
    TablePointer after = moves.getLast().after();
    String before = moves.getFirst().before().map(TablePointer::hash).map(Hash::hex).orElse("none");
    return Event.of(
        "table.moved",
        clock.instant(),
        self.tenant(),
        self.uri(),
        "table/" + table,
        Map.of(
            "old", before,
            "new", after.hash().hex(),
            "version", Long.toString(after.version())));
  }
}
