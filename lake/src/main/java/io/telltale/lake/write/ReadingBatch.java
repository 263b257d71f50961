package io.telltale.lake.write;

import io.telltale.kernel.Scope;
import io.telltale.lake.RawRow;
import io.telltale.lake.table.ReadingColumn;
import io.telltale.lake.table.ReadingContext;
import io.telltale.lake.table.Tables;
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
import org.jspecify.annotations.Nullable;

/** The raw rows of one file, what they share, and the sealed halves of their records. */
public final class ReadingBatch {
  private static final long DAY_SECONDS = TimeUnit.DAYS.toSeconds(1);

  private static final SerializableFunction<Integer, Integer> BUCKET =
      Transforms.<Integer>bucket(Tables.BUCKETS)
              .bind(Types.IntegerType.get())
              .andThen(java.util.Objects::requireNonNull)
          ::apply;

  /** What came last of some devices and metrics: most rows have what the one before had. */
  private static final class Recent {
    /** A power of two. */
    private static final int MAX = 2_048;

    private final @Nullable Place[] places = new @Nullable Place[MAX];

    /** A row, and the number of its context in its batch. */
    private record Place(ReadingBatch batch, RawRow row, int context) {}

    static int slot(RawRow row) {
      return (31 * row.origin().deviceNumber() + row.metric().hashCode()) & (MAX - 1);
    }
  }

  private final FileGroup group;
  private final List<RawRow> rows = new ArrayList<>();
  private final Map<ReadingContext, Integer> contexts = new LinkedHashMap<>();
  private final Map<Integer, RecordRun> open = new HashMap<>();
  private final List<RecordRun> runs = new ArrayList<>();
  private int[] contextOf = new int[256];
  private Scope scope;

  private ReadingBatch(FileGroup.Key key) {
    this.group = new FileGroup(key, 0);
    this.scope = key.scope();
  }

  /** One batch for each file that the rows go to. */
  public static List<ReadingBatch> of(List<RawRow> rows) {
    var batches = new HashMap<FileGroup.Key, ReadingBatch>();
    var recent = new Recent();
    var last = new @Nullable ReadingBatch[Tables.BUCKETS];
    for (RawRow row : rows) {
      int bucket = BUCKET.apply(row.origin().deviceNumber());
      ReadingBatch batch = last[bucket];
      if (batch == null || !batch.takes(row)) {
        var key = new FileGroup.Key(row.origin().scope(), day(row), bucket);
        batch = batches.computeIfAbsent(key, ReadingBatch::new);
        last[bucket] = batch;
      }
      batch.add(row, recent);
    }
    return List.copyOf(batches.values());
  }

  // Rows of one partition follow each other, and their scopes are one object: it is compared by
  // reference, and by what it says where another partition's begin.
  @SuppressWarnings("ReferenceEquality")
  private boolean takes(RawRow row) {
    long intoDay = row.eventTime().getEpochSecond() - group.key().epochDay() * DAY_SECONDS;
    if (intoDay < 0 || intoDay >= DAY_SECONDS) {
      return false;
    }
    Scope of = row.origin().scope();
    if (of != scope) {
      if (!of.equals(group.key().scope())) {
        return false;
      }
      scope = of;
    }
    return true;
  }

  private static long day(RawRow row) {
    return Math.floorDiv(row.eventTime().getEpochSecond(), DAY_SECONDS);
  }

  private void add(RawRow row, Recent recent) {
    int index = rows.size();
    if (index == contextOf.length) {
      contextOf = Arrays.copyOf(contextOf, 2 * index);
    }
    contextOf[index] = contextOf(row, recent);
    rows.add(row);
    group.seeReading(ReadingColumn.micros(row.eventTime()), row);
    addHalf(row);
  }

  private int contextOf(RawRow row, Recent recent) {
    int slot = Recent.slot(row);
    Recent.Place known = recent.places[slot];
    if (known != null && known.batch() == this && ReadingContext.isSame(known.row(), row)) {
      return known.context();
    }
    int context = contexts.computeIfAbsent(ReadingContext.of(row), _ -> contexts.size());
    recent.places[slot] = new Recent.Place(this, row, context);
    return context;
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
