package io.telltale.lake.upkeep;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.write.FileGroup;
import io.telltale.lake.write.FileTiers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;

/**
 * The files of a table that may be written together with others some day: those of the newest days,
 * and of older ones those that are not alone in their group. Reads all manifests twice, one in
 * memory at a time: a year has a group a day and scope, nearly all of them with one file. One
 * manifest out of reach keeps nothing waiting that others name.
 */
final class UnmergedFiles {
  private static final Logger LOG = System.getLogger(UnmergedFiles.class.getName());

  /** Two of 2 MiB: of a million groups two in a thousand are mistaken for ones of several files. */
  private static final int BITS_LOG_2 = 24;

  private static final int NEWEST_DAYS = 2;

  private final Table table;
  private final List<ManifestFile> manifests;
  private final Set<String> unread = new HashSet<>();
  private final NameFilter one = new NameFilter(BITS_LOG_2, 0);
  private final NameFilter several = new NameFilter(BITS_LOG_2, 0);
  private long newestDay = Long.MIN_VALUE;
  private String why = "";

  UnmergedFiles(Table table) {
    this.table = table;
    this.manifests =
        table.currentSnapshot() == null
            ? List.of()
            : table.currentSnapshot().dataManifests(table.io());
  }

  /** Calls {@code take} with each; what cannot be read is counted. */
  void read(Consumer<DataFile> take) {
    manifests.forEach(manifest -> read(manifest, this::count));
    manifests.stream()
        .filter(manifest -> !unread.contains(manifest.path()))
        .forEach(
            manifest ->
                read(
                    manifest,
                    file -> {
                      if (!FileTiers.isFull(file) && mayBeMerged(FileGroup.keyOf(file))) {
                        take.accept(file);
                      }
                    }));
  }

  /** So many manifests could not be read. */
  int unread() {
    return unread.size();
  }

  /** Why the last of them could not. */
  String why() {
    return why;
  }

  private void count(DataFile file) {
    if (FileTiers.isFull(file)) {
      return;
    }
    FileGroup.Key key = FileGroup.keyOf(file);
    String name = name(key);
    (one.mayHold(name) ? several : one).add(name);
    newestDay = Math.max(newestDay, key.epochDay());
  }

  private boolean mayBeMerged(FileGroup.Key key) {
    return newestDay - key.epochDay() < NEWEST_DAYS || several.mayHold(name(key));
  }

  private static String name(FileGroup.Key key) {
    return key.scope().path() + "/" + key.epochDay() + "/" + key.bucket();
  }

  // Whole, or nothing of it.
  private void read(ManifestFile manifest, Consumer<DataFile> take) {
    var files = new ArrayList<DataFile>();
    try (CloseableIterable<DataFile> named =
        ManifestFiles.read(manifest, table.io(), table.specs())) {
      named.forEach(files::add);
    } catch (CorruptException | UnavailableException e) {
      unread.add(manifest.path());
      why = manifest.path() + ": " + e.getMessage();
      LOG.log(Level.WARNING, "lake.merge.unread table={0} why={1}", table.name(), why);
      return;
    } catch (IOException e) {
      throw new UncheckedIOException("closing what was only in memory", e);
    }
    files.forEach(take);
  }
}
