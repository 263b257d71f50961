package io.telltale.lake.upkeep;

import io.telltale.engine.DuckSession;
import io.telltale.engine.EngineFailedException;
import io.telltale.engine.MemoryFile;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.parquet.ParquetJoin;
import io.telltale.lake.parquet.ParquetJoin.Worth;
import io.telltale.lake.seal.FileVault;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.table.TableStore;
import io.telltale.lake.table.Tables;
import io.telltale.lake.write.FileGroup;
import io.telltale.lake.write.FileTiers;
import io.telltale.lake.write.StoredMinutes;
import io.telltale.lake.write.WritingEngine;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.crypto.SecretKey;
import org.apache.iceberg.DataFile;

/**
 * Writes files of one day, scope and bucket together: few files for every question. A file that
 * cannot be read is named and left as it is for a while; the rest goes on. What was too much for
 * the engine is tried again with less.
 */
public final class Compaction {
  private static final Logger LOG = System.getLogger(Compaction.class.getName());
  private static final int JOBS_MAX = 8;

  // Minutes are folded in our heap, a few thousand rows at once, and a row may have 512 KiB.
  private static final long LINEAGE_BYTES_MAX = 16L << 20;

  // As they are written under load; what trickles in is encoded anew until it is as much.
  private static final Worth READINGS_WORTH = new Worth(1_024, 0, 48);
  private static final Worth HALVES_WORTH = new Worth(0, 64 << 10, Long.MAX_VALUE);

  private final List<FileIndex> indexes;
  private final FileVault vault;
  private final WritingEngine engine;
  private final SpiffeId self;
  private final Join join;

  /** Puts files one behind the other: {@link ParquetJoin#of}, or what in a test has no room. */
  interface Join {
    Optional<MemoryFile> of(List<MemoryFile> files, Worth worth);
  }

  public Compaction(List<FileIndex> indexes, FileVault vault, WritingEngine engine, SpiffeId self) {
    this(indexes, vault, engine, self, ParquetJoin::of);
  }

  Compaction(
      List<FileIndex> indexes, FileVault vault, WritingEngine engine, SpiffeId self, Join join) {
    this.indexes = indexes;
    this.vault = vault;
    this.engine = engine;
    this.self = self;
    this.join = join;
  }

  /** Files that take the place of others, in memory. */
  public record Merge(
      FileIndex index, List<DataFile> old, FileGroup group, List<FileVault.Draft> drafts) {
    public String table() {
      return index.table();
    }
  }

  /** What is due, read and merged; no more than one step's worth of files and bytes. */
  public List<Merge> next() {
    var merges = new ArrayList<Merge>();
    try {
      gather(merges);
      return merges;
    } catch (RuntimeException | Error e) {
      merges.forEach(merge -> close(merge.drafts()));
      throw e;
    }
  }

  private void gather(List<Merge> merges) {
    long bytes = 0;
    for (FileIndex index : indexes) {
      for (List<DataFile> job : index.due(JOBS_MAX - merges.size())) {
        long size = job.stream().mapToLong(FileTiers::bytes).sum();
        if (bytes > 0 && bytes + size > FileTiers.BYTES_MAX) {
          return;
        }
        Optional<Merge> merged = merge(index, job);
        if (merged.isPresent()) {
          merges.add(merged.get());
          bytes += size;
        }
      }
    }
  }

  private static void close(List<FileVault.Draft> drafts) {
    drafts.forEach(draft -> draft.content().close());
  }

  private Optional<Merge> merge(FileIndex index, List<DataFile> old) {
    var drafts = new ArrayList<FileVault.Draft>(2);
    boolean merged = false;
    try {
      FileGroup group = FileGroup.of(TableStore.schema(index.table()), old);
      List<SealedFile.Pair> pairs =
          old.stream().map(file -> SealedFile.Pair.decode(file.keyMetadata())).toList();
      boolean readings = index.table().equals(Tables.READINGS);
      // Readings stay in the order of the files: to sort them takes more than all the rest.
      String end = readings ? "" : " ORDER BY \"minute\", metric";
      List<SealedFile> mains = pairs.stream().map(SealedFile.Pair::main).toList();
      drafts.add(merge(group, index.table(), mains, end));
      if (readings) {
        List<SealedFile> halves =
            pairs.stream().map(SealedFile.Pair::restricted).flatMap(Optional::stream).toList();
        drafts.add(merge(group, Tables.RESTRICTED, halves, " ORDER BY \"partition\", first"));
      }
      merged = true;
      return Optional.of(new Merge(index, old, group, drafts));
    } catch (UnreadableException e) {
      leave(index, List.of(old.get(e.file)), e);
    } catch (EngineFailedException e) {
      engine.failed(e);
      if (!halve(index, old)) {
        leave(index, old, e);
      }
    } catch (TooMuchException _) {
      if (!halve(index, old)) {
        // As full as one file may be: no reason to alarm anybody.
        index.full(Collections.max(old, Comparator.comparingLong(FileTiers::bytes)));
      }
    } catch (NoRoomException e) {
      if (!halve(index, old)) {
        leave(index, old, e);
      }
    } catch (CorruptException | UnavailableException e) {
      leave(index, old, e);
    } finally {
      if (!merged) {
        close(drafts);
      }
    }
    return Optional.empty();
  }

  private static boolean halve(FileIndex index, List<DataFile> old) {
    boolean several = old.size() > 2;
    if (several) {
      index.atMost(old.getFirst(), old.stream().mapToLong(FileTiers::bytes).sum() / 2);
    }
    return several;
  }

  // One file out of reach must not keep the others, or the pipeline, waiting.
  private static void leave(FileIndex index, List<DataFile> files, RuntimeException why) {
    index.leave(files, String.valueOf(why.getMessage()));
    LOG.log(
        Level.WARNING,
        "lake.merge.left table={0} first={1} files={2} why={3}",
        index.table(),
        files.getFirst().location(),
        files.size(),
        why.getMessage());
  }

  /** One of the files cannot be read now. */
  private static final class UnreadableException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int file;

    UnreadableException(int file, String message) {
      super(message, null, false, false);
      this.file = file;
    }
  }

  /** Memory has no room for all of them together. */
  private static final class NoRoomException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoRoomException(UnavailableException why) {
      super(why.getMessage(), why);
    }
  }

  /** What the files tell of the minutes' lineage is more than may be held. */
  private static final class TooMuchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooMuchException() {
      super(null, null, false, false);
    }
  }

  private FileVault.Draft merge(FileGroup group, String table, List<SealedFile> files, String end) {
    var opened = new ArrayList<MemoryFile>();
    try {
      for (int i = 0; i < files.size(); i++) {
        opened.add(open(i, files.get(i)));
      }
      String paths =
          opened.stream().map(DuckSession::quoted).collect(Collectors.joining(", ", "[", "]"));
      if (table.equals(Tables.MINUTES)) {
        return folded(engine.parts(), group, paths, end);
      }
      Worth worth = table.equals(Tables.READINGS) ? READINGS_WORTH : HALVES_WORTH;
      Optional<MemoryFile> joined = joined(opened, worth);
      if (joined.isPresent()) {
        return group.draft(joined.get());
      }
      String all =
          "SELECT * FROM read_parquet(%s, hive_partitioning = false)%s".formatted(paths, end);
      return engine.parts().parquet().draft(group, all, table);
    } finally {
      opened.forEach(MemoryFile::close);
    }
  }

  private Optional<MemoryFile> joined(List<MemoryFile> files, Worth worth) {
    try {
      return join.of(files, worth);
    } catch (UnavailableException e) {
      throw new NoRoomException(e);
    }
  }

  private FileVault.Draft folded(
      WritingEngine.Parts parts, FileGroup group, String paths, String end) {
    if (StoredMinutes.lineageBytes(parts.session(), paths) > LINEAGE_BYTES_MAX) {
      throw new TooMuchException();
    }
    try {
      parts.minutes().fold(group, paths);
      String rows = parts.minutes().select(group) + end;
      FileVault.Draft draft = parts.parquet().draft(group, rows, Tables.MINUTES);
      // Folding leaves some out; of all else there are as many as there were.
      group.setRows(parts.parquet().rows(draft));
      return draft;
    } finally {
      engine.clear();
    }
  }

  private MemoryFile open(int number, SealedFile file) {
    try {
      Optional<SecretKey> key = vault.key(file, self);
      if (key.isPresent()) {
        return vault.open(file, key.get());
      }
    } catch (CorruptException | UnavailableException e) {
      throw new UnreadableException(number, String.valueOf(e.getMessage()));
    }
    throw new UnreadableException(number, "its key is not to be had now");
  }
}
