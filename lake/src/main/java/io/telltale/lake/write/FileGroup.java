package io.telltale.lake.write;

import io.telltale.engine.MemoryFile;
import io.telltale.kernel.Scope;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.RawRow;
import io.telltale.lake.seal.FileVault;
import io.telltale.lake.seal.SealedBlocks;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.table.TableStore;
import io.telltale.lake.table.Tables;
import io.telltale.record.Origin;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.PartitionData;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;
import org.jspecify.annotations.Nullable;

/** Rows that go into one file, and the bounds by which a question may pass the file over. */
public final class FileGroup {
  private final Key key;
  private final int number;
  private final Map<String, Bounds> bounds = new HashMap<>();
  private @Nullable Readings readings;
  private long rows;

  /**
   * One file holds one scope, one day and one bucket: so that destroying a key erases just that.
   */
  public record Key(Scope scope, long epochDay, int bucket) {}

  private static final class Bounds {
    private Object least;
    private Object most;

    Bounds(Object value) {
      least = value;
      most = value;
    }
  }

  FileGroup(Key key, int number) {
    this.key = key;
    this.number = number;
  }

  /** The group that a file of a table belongs to. */
  public static Key keyOf(DataFile file) {
    Scope scope = Scope.parse(file.partition().get(1, String.class)).orElseThrow();
    boolean bucketed = file.partition().size() > 3;
    return new Key(
        scope,
        file.partition().get(2, Integer.class),
        bucketed ? file.partition().get(3, Integer.class) : 0);
  }

  /** The rows of {@code files}, all of one group, together. */
  public static FileGroup of(Schema schema, List<DataFile> files) {
    var group = new FileGroup(keyOf(files.getFirst()), 0);
    for (DataFile file : files) {
      group.addRows(file.recordCount());
      group.see(schema, file.lowerBounds());
      group.see(schema, file.upperBounds());
    }
    return group;
  }

  private void see(Schema schema, Map<Integer, ByteBuffer> known) {
    known.forEach(
        (id, bound) -> {
          String column = schema.findColumnName(id);
          switch (Conversions.<Object>fromByteBuffer(schema.findType(id), bound)) {
            case Integer value -> see(column, value);
            case Long value -> see(column, value);
            case CharSequence value -> see(column, value.toString());
            default -> throw new IllegalStateException("no bounds of " + column + " are kept");
          }
        });
  }

  public Key key() {
    return key;
  }

  /** A file of this group in memory, which the caller closes. */
  public FileVault.Draft draft(MemoryFile.Filler filler) {
    try {
      return draft(MemoryFile.filled(filler));
    } catch (IOException e) {
      throw new UnavailableException("filling a memory file", e);
    }
  }

  /** {@code filled} as a file of this group. */
  public FileVault.Draft draft(MemoryFile filled) {
    return new FileVault.Draft(key.scope(), key.epochDay(), filled);
  }

  int number() {
    return number;
  }

  public void setRows(long count) {
    rows = count;
  }

  FileGroup addRows(long count) {
    rows += count;
    return this;
  }

  /** Takes one reading in: the way of every row, so nothing is boxed or looked up here. */
  void seeReading(long eventTime, RawRow row) {
    Origin origin = row.origin();
    String device = origin.device().name();
    Readings seen = readings == null ? new Readings(device) : readings;
    readings = seen;
    seen.see(0, eventTime);
    seen.see(1, origin.deviceNumber());
    seen.see(2, row.partition());
    seen.see(3, row.offset());
    if (device.compareTo(seen.leastDevice) < 0) {
      seen.leastDevice = device;
    } else if (device.compareTo(seen.mostDevice) > 0) {
      seen.mostDevice = device;
    }
    rows++;
  }

  private static final class Readings {
    private final long[] least = new long[4];
    private final long[] most = new long[4];
    private String leastDevice;
    private String mostDevice;

    Readings(String device) {
      Arrays.fill(least, Long.MAX_VALUE);
      Arrays.fill(most, Long.MIN_VALUE);
      leastDevice = device;
      mostDevice = device;
    }

    void see(int column, long value) {
      least[column] = Math.min(least[column], value);
      most[column] = Math.max(most[column], value);
    }

    void tell(FileGroup group) {
      group.see("event_time", least[0]).see("event_time", most[0]);
      group.see("device_number", (int) least[1]).see("device_number", (int) most[1]);
      group.see("partition", (int) least[2]).see("partition", (int) most[2]);
      group.see("record_offset", least[3]).see("record_offset", most[3]);
      group.see("device", leastDevice).see("device", mostDevice);
    }
  }

  <T extends Comparable<T>> FileGroup see(String column, T value) {
    Bounds seen = bounds.get(column);
    if (seen == null) {
      bounds.put(column, new Bounds(value));
    } else if (value.compareTo(as(seen.least, value)) < 0) {
      seen.least = value;
    } else if (value.compareTo(as(seen.most, value)) > 0) {
      seen.most = value;
    }
    return this;
  }

  @SuppressWarnings("unchecked") // a column's values are all of one class
  private static <T> T as(Object seen, T like) {
    return (T) like.getClass().cast(seen);
  }

  private Metrics metrics(Schema schema) {
    if (readings != null) {
      readings.tell(this);
    }
    var least = new HashMap<Integer, ByteBuffer>();
    var most = new HashMap<Integer, ByteBuffer>();
    bounds.forEach(
        (column, seen) -> {
          int id = schema.findField(column).fieldId();
          Type type = schema.findType(column);
          least.put(id, Conversions.toByteBuffer(type, seen.least));
          most.put(id, Conversions.toByteBuffer(type, seen.most));
        });
    return new Metrics(rows, null, null, null, null, least, most);
  }

  /** How a table names the file that holds these rows. */
  public DataFile dataFile(String table, SealedFile.Pair pair) {
    PartitionSpec partitions = TableStore.partitions(table);
    var partition = new PartitionData(partitions.partitionType());
    partition.set(0, key.scope().tenant().name());
    partition.set(1, key.scope().path());
    partition.set(2, Math.toIntExact(key.epochDay()));
    if (table.equals(Tables.READINGS)) {
      partition.set(3, key.bucket());
    }
    return DataFiles.builder(partitions)
        .withPath(pair.main().object())
        .withFormat(FileFormat.PARQUET)
        .withFileSizeInBytes(SealedBlocks.sealedBytes(pair.main().plainBytes()))
        .withPartition(partition)
        .withMetrics(metrics(TableStore.schema(table)))
        .withEncryptionKeyMetadata(pair.encode())
        .build();
  }
}
