package io.telltale.lake;

import io.telltale.kernel.Event;
import java.sql.Connection;
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
  private static final int THREADS = 2;
  private static final String RESTRICTED_IDS =
      "{\"partition\": 1, record_offset: 2, origin: 3, origin_salt: 4, payload: 5,"
          + " payload_salt: 6}";

  private final TableCommits commits;
  private final FileVault vault;
  private final DuckSession session = DuckSession.open(MEMORY_MEGABYTES, THREADS);
  private final ReadingStage readings = new ReadingStage(session);
  private final MinuteStage minutes = new MinuteStage(session);

  SealingWriter(TableCommits commits, FileVault vault) {
    this.commits = commits;
    this.vault = vault;
  }

  @Override
  public Prepared prepare(List<RawRow> rows, List<MinuteRow> minuteRows) {
    var stored = new Stored(vault);
    try {
      for (FileGroup group : readings.add(rows)) {
        SealedFile main =
            store(group, readings.select(group), Tables.fieldIds(Tables.READINGS_SCHEMA), stored);
        SealedFile restricted =
            store(group, readings.selectRestricted(group), RESTRICTED_IDS, stored);
        stored.readings.add(
            dataFile(Tables.READINGS, group, new SealedFile.Pair(main, Optional.of(restricted))));
      }
      for (FileGroup group : minutes.add(minuteRows)) {
        SealedFile main =
            store(group, minutes.select(group), Tables.fieldIds(Tables.MINUTES_SCHEMA), stored);
        stored.minutes.add(
            dataFile(Tables.MINUTES, group, new SealedFile.Pair(main, Optional.empty())));
      }
      return new Batch(commits, stored);
    } catch (RuntimeException e) {
      stored.delete();
      throw e;
    } finally {
      readings.clear();
      minutes.clear();
    }
  }

  private SealedFile store(FileGroup group, String select, String fieldIds, Stored stored) {
    try (MemoryFile memory = MemoryFile.create()) {
      session.run(
          "COPY (%s) TO '%s' (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false, FIELD_IDS %s)"
              .formatted(select, memory.path(), fieldIds));
      SealedFile file = vault.store(group.key().scope(), group.key().epochDay(), memory);
      stored.files.add(file);
      return file;
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
  private static final class Stored {
    private final FileVault vault;
    private final List<SealedFile> files = new ArrayList<>();
    private final List<DataFile> readings = new ArrayList<>();
    private final List<DataFile> minutes = new ArrayList<>();

    Stored(FileVault vault) {
      this.vault = vault;
    }

    void delete() {
      files.forEach(vault::delete);
    }
  }

  private record Batch(TableCommits commits, Stored stored) implements Prepared {
    @Override
    public List<Event> commit(Connection transaction) {
      var events = new ArrayList<Event>(2);
      commits.append(transaction, Tables.READINGS, stored.readings).ifPresent(events::add);
      commits.append(transaction, Tables.MINUTES, stored.minutes).ifPresent(events::add);
      return events;
    }

    @Override
    public void abandon() {
      stored.delete();
    }
  }
}
