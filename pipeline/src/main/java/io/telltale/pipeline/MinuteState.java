package io.telltale.pipeline;

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
import org.roaringbitmap.RoaringBitmap;

/** One minute aggregate and what it takes to go on with it. Not thread-safe. */
final class MinuteState {
  private static final byte VERSION = 2;

  private final MinuteKey key;
  private final RoaringBitmap contributors;
  private final OffsetRanges offsets;
  private long count;
  private double sum;
  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;
  private int revision;
  private boolean isFinal;
  private boolean isChanged;
  private boolean isAhead;

  private MinuteState(MinuteKey key, RoaringBitmap contributors, OffsetRanges offsets) {
    this.key = key;
    this.contributors = contributors;
    this.offsets = offsets;
  }

  MinuteState(MinuteKey key) {
    this(key, new RoaringBitmap(), new OffsetRanges());
  }

  /** Goes on with what the lake has; {@code row} is its newest revision. */
  static MinuteState of(MinuteKey key, MinuteRow row) {
    var state = new MinuteState(key, row.contributors().clone(), OffsetRanges.parse(row.offsets()));
    state.revision = row.revision();
    state.isFinal = row.isFinal();
    state.count = row.count();
    state.sum = row.sum();
    state.min = row.min();
    state.max = row.max();
    return state;
  }

  MinuteKey key() {
    return key;
  }

  boolean isFinal() {
    return isFinal;
  }

  /** Whether something was added since {@link #stored()}. */
  boolean isChanged() {
    return isChanged;
  }

  void stored() {
    isChanged = false;
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
    // A late value opens a final minute again, until its next revision.
    isFinal = false;
    isChanged = true;
    isAhead = true;
    count++;
    sum += value;
    min = Math.min(min, value);
    max = Math.max(max, value);
    contributors.add(device);
    offsets.add(partition, offset);
  }

  /** The next revision, as of now. */
  MinuteRow revise(boolean nowFinal) {
    revision++;
    isFinal = nowFinal;
    isAhead = false;
    return new MinuteRow(
        key.scope(),
        key.site(),
        key.deviceType(),
        key.metric(),
        key.unit(),
        Instant.ofEpochMilli(key.minute() * MinuteKey.MILLIS),
        revision,
        isFinal,
        count,
        sum,
        min,
        max,
        contributors,
        offsets.text());
  }

  Bytes encode() {
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
      offsets.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return Bytes.adopt(bytes.toByteArray());
  }

  /** Reads what {@link #encode} wrote. */
  static MinuteState decode(Bytes stored) {
    try (var in = new DataInputStream(new ByteArrayInputStream(stored.borrow()))) {
      if (in.readByte() != VERSION) {
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
      var state = new MinuteState(key, contributors, OffsetRanges.read(in));
      state.revision = revision;
      state.isFinal = isFinal;
      state.isAhead = isAhead;
      state.count = count;
      state.sum = sum;
      state.min = min;
      state.max = max;
      return state;
    } catch (IOException e) {
      throw new CorruptException("a stored aggregate cannot be read", e);
    }
  }
}
