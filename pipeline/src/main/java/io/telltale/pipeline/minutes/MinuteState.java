package io.telltale.pipeline.minutes;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Scope;
import io.telltale.lake.MinuteRow;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.roaringbitmap.RoaringBitmap;

/** One minute aggregate and what it takes to go on with it. Not thread-safe. */
public final class MinuteState {
  private static final int OPEN = 0;
  private static final int FINAL = 1;
  public static final int APART = 2;

  private static final byte VERSION = 3;

  /** Of a pipeline whose revisions had all of the lineage. */
  private static final byte WHOLE = 2;

  /** Ten bytes each are enough for numbers that are far from each other. */
  private static final int NUMBERS_MAX = MinuteRow.LINEAGE_MAX / 10 - 10;

  private static final int OPEN_AGAIN_MAX = 9;

  private final MinuteKey key;
  private final RoaringBitmap contributors;
  private RoaringBitmap newContributors = new RoaringBitmap();
  private OffsetRanges newOffsets = new OffsetRanges();
  private int since;
  private long count;
  private double sum;
  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;
  private int revision;
  private boolean isFinal;
  private boolean isApart;
  private boolean isChanged;
  private boolean isAhead;
  private boolean isReopened;
  private long changedMillis;
  private long reopenedMillis;

  private MinuteState(MinuteKey key, RoaringBitmap contributors) {
    this.key = key;
    this.contributors = contributors;
  }

  MinuteState(MinuteKey key) {
    this(key, new RoaringBitmap());
  }

  /** Goes on with what the lake has; {@code row} is its newest revision, with all contributors. */
  static MinuteState of(MinuteKey key, MinuteRow row) {
    var state = new MinuteState(key, row.contributors().clone());
    state.revision = row.revision();
    state.since = row.revision();
    state.isFinal = row.isFinal();
    state.count = row.count();
    state.sum = row.sum();
    state.min = row.min();
    state.max = row.max();
    return state;
  }

  public MinuteKey key() {
    return key;
  }

  boolean isFinal() {
    return isFinal;
  }

  /** The lake could not store it: no revision of it is made any more, and nothing is added. */
  public void setApart() {
    isApart = true;
    isAhead = false;
    newContributors = new RoaringBitmap();
    newOffsets = new OffsetRanges();
  }

  boolean isApart() {
    return isApart;
  }

  /** As {@code pipeline_minutes} has it. */
  public int standing() {
    if (isApart) {
      return APART;
    }
    return isFinal ? FINAL : OPEN;
  }

  public MinuteRow numbers() {
    return row(false, new RoaringBitmap(), "");
  }

  /** Whether something was added since {@link #stored()}. */
  boolean isChanged() {
    return isChanged;
  }

  void stored() {
    isChanged = false;
  }

  /** Whether it was final before something was added. */
  public boolean isReopened() {
    return isReopened;
  }

  /** What it has of devices, in bytes of heap. */
  long bytes() {
    return contributors.getLongSizeInBytes() + newContributors.getLongSizeInBytes();
  }

  /**
   * Whether nothing was added for {@code millis} up to {@code watermarkMillis}, or it is open again
   * for ten times as long: one reading now and then must not keep it from being final for good.
   */
  boolean isQuiet(long millis, long watermarkMillis) {
    // Or the clock was set back since.
    if (isChanged || changedMillis > watermarkMillis) {
      changedMillis = watermarkMillis;
    }
    if (reopenedMillis == 0 || reopenedMillis > watermarkMillis) {
      reopenedMillis = watermarkMillis;
    }
    return Math.min(changedMillis, reopenedMillis + OPEN_AGAIN_MAX * millis) + millis
        <= watermarkMillis;
  }

  /** Whether something was added since the last revision. */
  boolean isAhead() {
    return isAhead;
  }

  /** Whether no question can have seen it yet. */
  boolean isNew() {
    return revision == 0;
  }

  void add(double value, int device, int partition, long offset) {
    // A late value opens a final minute again.
    isReopened |= isFinal;
    isFinal = false;
    isChanged = true;
    isAhead = true;
    count++;
    sum += value;
    min = Math.min(min, value);
    max = Math.max(max, value);
    if (contributors.checkedAdd(device)) {
      newContributors.add(device);
    }
    newOffsets.add(partition, offset);
  }

  /** The next revision, as of now; more than one where much came since the last. */
  List<MinuteRow> revise(boolean nowFinal) {
    List<RoaringBitmap> numbers = inParts(newContributors);
    List<String> records = newOffsets.texts(MinuteRow.LINEAGE_MAX);
    int last = Math.max(numbers.size(), records.size()) - 1;
    var rows = new ArrayList<MinuteRow>(last + 1);
    for (int i = 0; i <= last; i++) {
      revision++;
      rows.add(
          row(
              nowFinal && i == last,
              i < numbers.size() ? numbers.get(i) : new RoaringBitmap(),
              i < records.size() ? records.get(i) : ""));
      since = revision;
    }
    isFinal = nowFinal;
    if (nowFinal) {
      isReopened = false;
      reopenedMillis = 0;
    }
    isAhead = false;
    newContributors = new RoaringBitmap();
    newOffsets = new OffsetRanges();
    return rows;
  }

  private MinuteRow row(boolean asFinal, RoaringBitmap numbers, String records) {
    return new MinuteRow(
        key.scope(),
        key.site(),
        key.deviceType(),
        key.metric(),
        key.unit(),
        Instant.ofEpochMilli(key.minute() * MinuteKey.MILLIS),
        revision,
        asFinal,
        count,
        sum,
        min,
        max,
        contributors.getCardinality(),
        since,
        numbers,
        records);
  }

  private static List<RoaringBitmap> inParts(RoaringBitmap numbers) {
    if (numbers.serializedSizeInBytes() <= MinuteRow.LINEAGE_MAX) {
      return List.of(numbers);
    }
    var parts = new ArrayList<RoaringBitmap>();
    var part = new RoaringBitmap();
    for (int number : numbers) {
      part.add(number);
      if (part.getCardinality() == NUMBERS_MAX) {
        parts.add(part);
        part = new RoaringBitmap();
      }
    }
    parts.add(part);
    return parts;
  }

  /** Of one that is set apart there is nothing but which it is: it is kept for good. */
  public Bytes encode() {
    return isApart ? new MinuteState(key).encodeAll() : encodeAll();
  }

  private Bytes encodeAll() {
    var bytes = new ByteArrayOutputStream(256);
    try (var out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeUTF(key.scope().path());
      out.writeUTF(key.site());
      out.writeUTF(key.deviceType());
      out.writeUTF(key.metric());
      out.writeUTF(key.unit());
      out.writeLong(key.minute());
      out.writeInt(revision);
      out.writeBoolean(isFinal);
      out.writeBoolean(isAhead);
      out.writeLong(count);
      out.writeDouble(sum);
      out.writeDouble(min);
      out.writeDouble(max);
      contributors.runOptimize();
      contributors.serialize(out);
      out.writeInt(since);
      out.writeBoolean(isReopened);
      out.writeLong(changedMillis);
      out.writeLong(reopenedMillis);
      newContributors.runOptimize();
      newContributors.serialize(out);
      newOffsets.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return Bytes.adopt(bytes.toByteArray());
  }

  /** Reads what {@link #encode} wrote. */
  public static MinuteState decode(Bytes stored) {
    try (var in = new DataInputStream(new ByteArrayInputStream(stored.borrow()))) {
      byte version = in.readByte();
      if (version != VERSION && version != WHOLE) {
        throw new CorruptException("a stored aggregate of unknown version");
      }
      Scope scope =
          Scope.parse(in.readUTF())
              .orElseThrow(() -> new CorruptException("a stored aggregate names no scope"));
      String site = in.readUTF();
      String deviceType = in.readUTF();
      String metric = in.readUTF();
      String unit = in.readUTF();
      var key = new MinuteKey(scope, site, deviceType, metric, unit, in.readLong());
      int revision = in.readInt();
      boolean isFinal = in.readBoolean();
      boolean isAhead = in.readBoolean();
      long count = in.readLong();
      double sum = in.readDouble();
      double min = in.readDouble();
      double max = in.readDouble();
      var contributors = new RoaringBitmap();
      contributors.deserialize(in);
      var state = new MinuteState(key, contributors);
      state.revision = revision;
      state.isFinal = isFinal;
      state.isAhead = isAhead;
      state.count = count;
      state.sum = sum;
      state.min = min;
      state.max = max;
      if (version == WHOLE) {
        state.goOnWithWhole(OffsetRanges.read(in));
      } else {
        state.since = in.readInt();
        state.isReopened = in.readBoolean();
        state.changedMillis = in.readLong();
        state.reopenedMillis = in.readLong();
        state.newContributors.deserialize(in);
        state.newOffsets = OffsetRanges.read(in);
      }
      return state;
    } catch (CorruptException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // Bitmaps say so by a runtime exception.
      throw new CorruptException("a stored aggregate cannot be read", e);
    }
  }

  // What was there at the last revision is not told: the next has all, and needs none before it.
  private void goOnWithWhole(OffsetRanges offsets) {
    if (isAhead) {
      newContributors = contributors.clone();
      newOffsets = offsets;
    } else {
      since = revision;
    }
  }
}
