package io.telltale.lake.write;

import io.telltale.lake.RawRow;
import io.telltale.lake.table.ReadingColumn;
import io.telltale.lake.table.ReadingContext;
import io.telltale.lake.table.Tables;
import io.telltale.record.Origin;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.transforms.Transforms;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.SerializableFunction;

/** The raw rows of one file, what they share, and the sealed halves of their records. */
public final class ReadingBatch {
  private static final SerializableFunction<Integer, Integer> BUCKET =
      Transforms.<Integer>bucket(Tables.BUCKETS)
              .bind(Types.IntegerType.get())
              .andThen(java.util.Objects::requireNonNull)
          ::apply;

  private final FileGroup group;
  private final List<RawRow> rows = new ArrayList<>();
  private final Map<ReadingContext, Integer> contexts = new LinkedHashMap<>();
  private final Map<Integer, RecordRun> open = new HashMap<>();
  private final List<RecordRun> runs = new ArrayList<>();
  private int[] contextOf = new int[256];

  private ReadingBatch(FileGroup.Key key, int number) {
    this.group = new FileGroup(key, number);
  }

  /** One batch for each file that the rows go to. */
  public static List<ReadingBatch> of(List<RawRow> rows) {
    var batches = new HashMap<FileGroup.Key, ReadingBatch>();
    for (RawRow row : rows) {
      batches.computeIfAbsent(keyOf(row), key -> new ReadingBatch(key, batches.size())).add(row);
    }
    return List.copyOf(batches.values());
  }

  private static FileGroup.Key keyOf(RawRow row) {
    long day = Math.floorDiv(row.eventTime().getEpochSecond(), TimeUnit.DAYS.toSeconds(1));
    Origin origin = row.origin();
    return new FileGroup.Key(origin.scope(), day, BUCKET.apply(origin.deviceNumber()));
  }

  private void add(RawRow row) {
    int index = rows.size();
    if (index == contextOf.length) {
      contextOf = Arrays.copyOf(contextOf, 2 * index);
    }
    contextOf[index] = contexts.computeIfAbsent(ReadingContext.of(row), _ -> contexts.size());
    rows.add(row);
    group.seeReading(ReadingColumn.micros(row.eventTime()), row);
    addHalf(row);
  }

  // A record's rows follow each other, and its half is stored once.
  private void addHalf(RawRow row) {
    RecordRun run = open.get(row.partition());
    if (run == null || (run.last() != row.offset() && run.isFull())) {
      run = new RecordRun(row.partition(), row.offset());
      open.put(row.partition(), run);
      runs.add(run);
    }
    if (run.last() != row.offset()) {
      run.add(
          row.offset(),
          new RecordRun.Half(
              row.originSalt(), row.payloadSalt(), row.originBytes(), row.payload()));
    }
  }

  public FileGroup group() {
    return group;
  }

  List<RawRow> rows() {
    return rows;
  }

  /** What rows share, by number. */
  List<ReadingContext> contexts() {
    return List.copyOf(contexts.keySet());
  }

  /** The number of what each row shares with others. */
  int[] contextOf() {
    return Arrays.copyOf(contextOf, rows.size());
  }

  public Collection<RecordRun> runs() {
    return runs;
  }
}
