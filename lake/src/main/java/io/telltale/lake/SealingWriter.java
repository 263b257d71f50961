package io.telltale.lake;

import io.telltale.kernel.Event;
import io.telltale.kernel.Scope;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.seal.FileVault;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.table.PointerGuard;
import io.telltale.lake.table.Readers;
import io.telltale.lake.table.TableCommits;
import io.telltale.lake.table.TableStore;
import io.telltale.lake.table.Tables;
import io.telltale.lake.upkeep.Compaction;
import io.telltale.lake.upkeep.FileIndex;
import io.telltale.lake.upkeep.Sweeper;
import io.telltale.lake.write.FileGroup;
import io.telltale.lake.write.MinutesBack;
import io.telltale.lake.write.ReadingBatch;
import io.telltale.lake.write.ReadingColumns;
import io.telltale.lake.write.RunColumns;
import io.telltale.lake.write.Slices;
import io.telltale.lake.write.WritingEngine;
import java.io.IOException;
import java.io.OutputStream;
import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.DataFile;

/** Rows to Parquet in memory, to sealed objects, to a table. */
final class SealingWriter implements LakeWriter, AutoCloseable {
  private final LakeParts parts;
  private final TableCommits commits;
  private final FileIndex readingFiles;
  private final FileIndex minuteFiles;
  private final Compaction compaction;
  private final Sweeper sweeper;
  private final FileVault vault;
  private final WritingEngine engine;
  private final MinutesBack back;

  SealingWriter(
      LakeParts parts,
      TableStore tables,
      FileVault vault,
      PointerGuard guard,
      Readers readers,
      int memoryMegabytes) {
    this.engine = new WritingEngine(memoryMegabytes);
    this.back = new MinutesBack(tables, vault, engine, parts.self());
    this.parts = parts;
    this.commits = new TableCommits(tables, guard, parts.self(), parts.clock());
    this.vault = vault;
    this.readingFiles = new FileIndex(Tables.READINGS, tables, parts.halts());
    this.minuteFiles = new FileIndex(Tables.MINUTES, tables, parts.halts());
    this.compaction =
        new Compaction(List.of(readingFiles, minuteFiles), vault, engine, parts.self());
    this.sweeper = new Sweeper(parts, tables, readers);
  }

  FileIndex readings() {
    return readingFiles;
  }

  WritingEngine engine() {
    return engine;
  }

  MinutesBack back() {
    return back;
  }

  @Override
  public Prepared prepare(List<RawRow> rows, List<MinuteRow> minuteRows) {
    var drafts = new ArrayList<FileVault.Draft>();
    try {
      var readings = new ArrayList<FileGroup>();
      var minutes = new ArrayList<FileGroup>();
      draw(rows, readings, drafts);
      if (!minuteRows.isEmpty()) {
        drawMinutes(minuteRows, minutes, drafts);
      }
      return batch(vault.store(drafts), readings, minutes);
    } finally {
      drafts.forEach(draft -> draft.content().close());
    }
  }

  private void draw(List<RawRow> rows, List<FileGroup> groups, List<FileVault.Draft> drafts) {
    for (List<RawRow> slice : Slices.ofReadings(rows, engine.stagedBytesMax())) {
      for (ReadingBatch batch : ReadingBatch.of(slice)) {
        groups.add(batch.group());
        drafts.add(draft(batch.group(), to -> ReadingColumns.parquet(batch, to)));
        drafts.add(draft(batch.group(), to -> RunColumns.parquet(batch.runs(), to)));
      }
    }
  }

  private void drawMinutes(
      List<MinuteRow> rows, List<FileGroup> groups, List<FileVault.Draft> drafts) {
    try {
      WritingEngine.Parts parts = engine.parts();
      for (List<MinuteRow> slice : Slices.ofMinutes(rows, engine.stagedBytesMax())) {
        for (FileGroup group : parts.minutes().add(slice)) {
          groups.add(group);
          String select = parts.minutes().select(group);
          drafts.add(parts.parquet().draft(group, select, Tables.MINUTES));
        }
      }
    } catch (UnavailableException e) {
      engine.failed(e);
      throw e;
    } finally {
      engine.clear();
    }
  }

  @Override
  public MinuteSpan minutes(Scope scope, Instant minute) {
    return back.around(scope, minute);
  }

  @Override
  public Optional<Prepared> maintain() {
    sweeper.step();
    List<Compaction.Merge> merges = compaction.next();
    if (merges.isEmpty()) {
      return Optional.empty();
    }
    List<FileVault.Draft> drafts =
        merges.stream().flatMap(merge -> merge.drafts().stream()).toList();
    try {
      return Optional.of(merged(merges, vault.store(drafts)));
    } finally {
      drafts.forEach(draft -> draft.content().close());
    }
  }

  private Merged merged(List<Compaction.Merge> merges, List<SealedFile> files) {
    var places = new LinkedHashMap<FileIndex, Merged.Place>();
    int next = 0;
    for (Compaction.Merge merge : merges) {
      SealedFile main = files.get(next++);
      Optional<SealedFile> half =
          merge.drafts().size() > 1 ? Optional.of(files.get(next++)) : Optional.empty();
      Merged.Place place =
          places.computeIfAbsent(
              merge.index(), _ -> new Merged.Place(new ArrayList<>(), new ArrayList<>()));
      place.old().addAll(merge.old());
      place.merged().add(merge.group().dataFile(merge.table(), new SealedFile.Pair(main, half)));
    }
    return new Merged(this, files, places);
  }

  private Batch batch(
      List<SealedFile> files, List<FileGroup> readingGroups, List<FileGroup> minuteGroups) {
    var ofReadings = new ArrayList<DataFile>();
    var ofMinutes = new ArrayList<DataFile>();
    int next = 0;
    for (FileGroup group : readingGroups) {
      var pair = new SealedFile.Pair(files.get(next++), Optional.of(files.get(next++)));
      ofReadings.add(group.dataFile(Tables.READINGS, pair));
    }
    for (FileGroup group : minuteGroups) {
      var pair = new SealedFile.Pair(files.get(next++), Optional.empty());
      ofMinutes.add(group.dataFile(Tables.MINUTES, pair));
    }
    return new Batch(this, files, ofReadings, ofMinutes);
  }

  /** What writes a file. */
  @FunctionalInterface
  private interface Writing {
    void write(OutputStream to) throws IOException;
  }

  private static FileVault.Draft draft(FileGroup group, Writing writing) {
    return group.draft(
        memory -> {
          try (OutputStream to = memory.output()) {
            writing.write(to);
          }
        });
  }

  @Override
  public void close() {
    sweeper.close();
    engine.close();
  }

  /** Files that are stored and not yet in a table. */
  private record Batch(
      SealingWriter writer, List<SealedFile> files, List<DataFile> readings, List<DataFile> minutes)
      implements Prepared {
    @Override
    public List<Event> commit(Connection transaction) {
      var events = new ArrayList<Event>(2);
      TableCommits commits = writer.commits;
      commits.append(transaction, Tables.READINGS, readings).ifPresent(events::add);
      commits.append(transaction, Tables.MINUTES, minutes).ifPresent(events::add);
      writer
          .parts
          .database()
          .afterCommit(
              () -> {
                writer.readingFiles.committed(readings, List.of());
                writer.minuteFiles.committed(minutes, List.of());
              });
      return events;
    }

    @Override
    public void abandon() {
      writer.vault.delete(files);
    }
  }

  /** Merged files waiting to take the place of those whose rows they hold. */
  private record Merged(SealingWriter writer, List<SealedFile> files, Map<FileIndex, Place> places)
      implements Prepared {
    /** What changes in one table. */
    record Place(List<DataFile> old, List<DataFile> merged) {}

    @Override
    public List<Event> commit(Connection transaction) {
      var events = new ArrayList<Event>(2);
      places.forEach(
          (index, place) ->
              events.add(
                  writer.commits.replace(transaction, index.table(), place.old(), place.merged())));
      writer
          .parts
          .database()
          .afterCommit(
              () -> places.forEach((index, place) -> index.committed(place.merged(), place.old())));
      return events;
    }

    @Override
    public void abandon() {
      writer.vault.delete(files);
    }
  }
}
