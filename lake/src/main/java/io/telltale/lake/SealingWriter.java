package io.telltale.lake;

import io.telltale.kernel.Event;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.PartitionData;
import org.apache.iceberg.PartitionSpec;

/** Rows to Parquet in memory, to sealed objects, to a table. */
final class SealingWriter implements LakeWriter, AutoCloseable {
  private static final int MEMORY_MEGABYTES = 1_024;

  // Commits are small: what a second thread does costs more in handing over than it saves.
  private static final int THREADS = 1;
  private static final String READINGS_IDS = Tables.fieldIds(Tables.READINGS_SCHEMA);
  private static final String MINUTES_IDS = Tables.fieldIds(Tables.MINUTES_SCHEMA);
  private static final String RESTRICTED_IDS = Tables.fieldIds(Tables.RESTRICTED_SCHEMA);

  private static final Duration MAINTAIN_EVERY = Duration.ofSeconds(20);

  private final InstantSource clock;
  private final TableCommits commits;
  private final Compaction compaction;
  private final Sweeper sweeper;
  private Instant maintained;
  private final FileVault vault;
  private final DuckSession session = DuckSession.open(MEMORY_MEGABYTES, THREADS);
  private final RunStage runs = new RunStage(session);
  private final MinuteStage minutes = new MinuteStage(session);

  SealingWriter(LakeParts parts, TableStore tables, FileVault vault, PointerGuard guard) {
    this.clock = parts.clock();
    this.commits = new TableCommits(tables, guard, parts.self(), parts.clock());
    this.vault = vault;
    this.compaction = new Compaction(tables, vault, parts.self());
    this.sweeper = new Sweeper(parts, tables);
    this.maintained = clock.instant();
    sweeper.sweepAtStart();
  }

  @Override
  public Prepared prepare(List<RawRow> rows, List<MinuteRow> minuteRows) {
    var drafts = new ArrayList<FileVault.Draft>();
    try {
      var readingGroups = new ArrayList<FileGroup>();
      for (ReadingBatch batch : ReadingBatch.of(rows)) {
        readingGroups.add(batch.group());
        drafts.add(draft(batch));
        drafts.add(draft(batch.group(), runs.add(batch), RESTRICTED_IDS));
      }
      List<FileGroup> minuteGroups = minutes.add(minuteRows);
      for (FileGroup group : minuteGroups) {
        drafts.add(draft(group, minutes.select(group), MINUTES_IDS));
      }
      List<SealedFile> files = vault.store(drafts);
      return batch(files, readingGroups, minuteGroups);
    } finally {
      drafts.forEach(draft -> draft.content().close());
      runs.clear();
      minutes.clear();
    }
  }

  @Override
  public Optional<Prepared> maintain() {
    Instant now = clock.instant();
    if (now.isBefore(maintained.plus(MAINTAIN_EVERY))) {
      return Optional.empty();
    }
    Optional<Prepared> merged =
        compaction
            .next(Tables.READINGS)
            .or(() -> compaction.next(Tables.MINUTES))
            .flatMap(this::merge);
    if (merged.isEmpty()) {
      maintained = now;
      sweeper.sweep();
    }
    return merged;
  }

  private Optional<Prepared> merge(Compaction.Job job) {
    List<SealedFile.Pair> pairs =
        job.old().stream().map(file -> SealedFile.Pair.decode(file.keyMetadata())).toList();
    List<SealedFile> mains = pairs.stream().map(SealedFile.Pair::main).toList();
    List<SealedFile> halves =
        pairs.stream().map(SealedFile.Pair::restricted).flatMap(Optional::stream).toList();
    boolean readingsTable = job.table().equals(Tables.READINGS);
    var opened = new ArrayList<MemoryFile>();
    var drafts = new ArrayList<FileVault.Draft>();
    try {
      String order = readingsTable ? "device_number, event_time" : "\"minute\", metric";
      Optional<String> rows = compaction.rows(mains, order, opened);
      Optional<String> sealed = compaction.rows(halves, "\"partition\", first", opened);
      if (rows.isEmpty() || sealed.isEmpty()) {
        return Optional.empty();
      }
      drafts.add(draft(job.group(), rows.get(), readingsTable ? READINGS_IDS : MINUTES_IDS));
      if (readingsTable) {
        drafts.add(draft(job.group(), sealed.get(), RESTRICTED_IDS));
      }
      List<SealedFile> files = vault.store(drafts);
      var pair = new SealedFile.Pair(files.getFirst(), files.stream().skip(1).findFirst());
      return Optional.of(new Merged(this, job, files, dataFile(job.table(), job.group(), pair)));
    } finally {
      drafts.forEach(draft -> draft.content().close());
      opened.forEach(MemoryFile::close);
    }
  }

  private Batch batch(
      List<SealedFile> files, List<FileGroup> readingGroups, List<FileGroup> minuteGroups) {
    var ofReadings = new ArrayList<DataFile>();
    var ofMinutes = new ArrayList<DataFile>();
    int next = 0;
    for (FileGroup group : readingGroups) {
      var pair = new SealedFile.Pair(files.get(next++), Optional.of(files.get(next++)));
      ofReadings.add(dataFile(Tables.READINGS, group, pair));
    }
    for (FileGroup group : minuteGroups) {
      var pair = new SealedFile.Pair(files.get(next++), Optional.empty());
      ofMinutes.add(dataFile(Tables.MINUTES, group, pair));
    }
    return new Batch(this, files, ofReadings, ofMinutes);
  }

  // Every run of records is different: looking for repetition only costs.
  private static String dictionaries(String fieldIds) {
    return fieldIds.equals(RESTRICTED_IDS) ? "DICTIONARY_SIZE_LIMIT 1," : "";
  }

  private static FileVault.Draft draft(ReadingBatch batch) {
    FileGroup.Key key = batch.group().key();
    byte[] file = ReadingColumns.parquet(batch);
    return new FileVault.Draft(key.scope(), key.epochDay(), MemoryFile.of(file));
  }

  private FileVault.Draft draft(FileGroup group, String select, String fieldIds) {
    MemoryFile memory = MemoryFile.create();
    try {
      session.run(
          ("COPY (%s) TO '%s' (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd,"
                  + " USE_TMP_FILE false, %s FIELD_IDS %s)")
              .formatted(select, memory.path(), dictionaries(fieldIds), fieldIds));
      return new FileVault.Draft(group.key().scope(), group.key().epochDay(), memory);
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  static DataFile dataFile(String table, FileGroup group, SealedFile.Pair pair) {
    PartitionSpec partitions = TableStore.partitions(table);
    var partition = new PartitionData(partitions.partitionType());
    partition.set(0, group.key().scope().tenant().name());
    partition.set(1, group.key().scope().path());
    partition.set(2, Math.toIntExact(group.key().epochDay()));
    if (table.equals(Tables.READINGS)) {
      partition.set(3, group.key().bucket());
    }
    return DataFiles.builder(partitions)
        .withPath(pair.main().object())
        .withFormat(FileFormat.PARQUET)
        .withFileSizeInBytes(SealedBlocks.sealedBytes(pair.main().plainBytes()))
        .withPartition(partition)
        .withMetrics(group.metrics(TableStore.schema(table)))
        .withEncryptionKeyMetadata(pair.encode())
        .build();
  }

  @Override
  public void close() {
    session.close();
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
      return events;
    }

    @Override
    public void abandon() {
      writer.vault.delete(files);
    }
  }

  /** A merged file waiting to take the place of the small ones. */
  private record Merged(
      SealingWriter writer, Compaction.Job job, List<SealedFile> files, DataFile merged)
      implements Prepared {
    @Override
    public List<Event> commit(Connection transaction) {
      return List.of(writer.commits.replace(transaction, job.table(), job.old(), merged));
    }

    @Override
    public void abandon() {
      writer.vault.delete(files);
    }
  }
}
