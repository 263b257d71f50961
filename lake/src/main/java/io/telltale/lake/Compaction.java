package io.telltale.lake;

import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.crypto.SecretKey;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;

/** Writes the small files of one day, scope and bucket together: fewer files for every question. */
final class Compaction {
  private static final int FILES_MIN = 16;
  private static final int FILES_MAX = 64;
  private static final long SMALL_BYTES = 16L << 20;

  private final TableStore tables;
  private final FileVault vault;
  private final SpiffeId self;

  Compaction(TableStore tables, FileVault vault, SpiffeId self) {
    this.tables = tables;
    this.vault = vault;
    this.self = self;
  }

  /** Files to be merged, and what their rows have in common. */
  record Job(String table, List<DataFile> old, FileGroup group) {}

  /** The first partition with enough small files. */
  Optional<Job> next(String table) {
    return tables.pointer(table).flatMap(pointer -> next(table, tables.at(pointer)));
  }

  private static Optional<Job> next(String table, Table at) {
    var small = new HashMap<FileGroup.Key, List<DataFile>>();
    try (CloseableIterable<FileScanTask> tasks = at.newScan().includeColumnStats().planFiles()) {
      for (FileScanTask task : tasks) {
        if (task.file().fileSizeInBytes() < SMALL_BYTES) {
          small.computeIfAbsent(key(task.file()), _ -> new ArrayList<>()).add(task.file());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("closing what was only in memory", e);
    }
    return small.entrySet().stream()
        .filter(entry -> entry.getValue().size() >= FILES_MIN)
        .findFirst()
        .map(entry -> job(table, entry.getKey(), entry.getValue()));
  }

  private static FileGroup.Key key(DataFile file) {
    Scope scope = Scope.parse(file.partition().get(1, String.class)).orElseThrow();
    boolean bucketed = file.partition().size() > 3;
    return new FileGroup.Key(
        scope,
        file.partition().get(2, Integer.class),
        bucketed ? file.partition().get(3, Integer.class) : 0);
  }

  private static Job job(String table, FileGroup.Key key, List<DataFile> files) {
    List<DataFile> old = files.subList(0, Math.min(FILES_MAX, files.size()));
    Schema schema = TableStore.schema(table);
    var group = new FileGroup(key, 0);
    for (DataFile file : old) {
      group.addRows(file.recordCount());
      see(group, schema, file.lowerBounds());
      see(group, schema, file.upperBounds());
    }
    return new Job(table, List.copyOf(old), group);
  }

  private static void see(FileGroup group, Schema schema, Map<Integer, ByteBuffer> bounds) {
    bounds.forEach(
        (id, bound) -> {
          Type type = schema.findType(id);
          String column = schema.findColumnName(id);
          switch (Conversions.<Object>fromByteBuffer(type, bound)) {
            case Integer number -> group.see(column, number);
            case Long number -> group.see(column, number);
            case CharSequence text -> group.see(column, text.toString());
            default -> throw new IllegalStateException("no bounds of " + column + " are kept");
          }
        });
  }

  /** SQL for the files' rows together; empty when a key may not be had now. */
  Optional<String> rows(List<SealedFile> files, String order, List<MemoryFile> opened) {
    for (SealedFile file : files) {
      Optional<SecretKey> key = vault.key(file, self);
      if (key.isEmpty()) {
        return Optional.empty();
      }
      opened.add(vault.open(file, key.get()));
    }
    return Optional.of(
        opened.stream()
            .skip(opened.size() - (long) files.size())
            .map(memory -> "'" + memory.path() + "'")
            .collect(
                Collectors.joining(
                    ", ",
                    "SELECT * FROM read_parquet([",
                    "], hive_partitioning = false) ORDER BY " + order)));
  }
}
