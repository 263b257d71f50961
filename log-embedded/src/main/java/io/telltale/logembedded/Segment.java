package io.telltale.logembedded;

import io.telltale.log.RecordLog;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One segment as the log knows it. A sealed one never changes; its positions are loaded when asked
 * for and may be dropped again. The active one changes under its owner's lock only.
 */
final class Segment {
  final long number;
  private final long[] firstOffsets;
  private int[] counts;
  private int dataEnd;
  private volatile @Nullable Positions positions;
  private long begin;

  private Segment(
      long number, long[] firstOffsets, IndexFile.Head head, @Nullable Positions positions) {
    this.number = number;
    this.firstOffsets = firstOffsets;
    this.counts = head.counts();
    this.dataEnd = head.dataEnd();
    this.positions = positions;
  }

  static Segment sealed(long number, IndexFile.Head head) {
    return new Segment(number, head.firstOffsets(), head, null);
  }

  static Segment loaded(long number, long[] firstOffsets, Positions positions, int dataEnd) {
    var head = new IndexFile.Head(firstOffsets, positions.counts(), dataEnd);
    return new Segment(number, firstOffsets, head, positions);
  }

  static Segment empty(long number, long[] firstOffsets) {
    return loaded(number, firstOffsets, new Positions(), SegmentFormat.HEADER_BYTES);
  }

  long first(int partition) {
    return firstOffsets[partition];
  }

  long[] firstOffsets() {
    return firstOffsets.clone();
  }

  /** The offset behind this segment's last record of {@code partition}. */
  long end(int partition) {
    return firstOffsets[partition] + counts[partition];
  }

  long[] ends() {
    long[] ends = new long[RecordLog.PARTITIONS];
    for (int partition = 0; partition < ends.length; partition++) {
      ends[partition] = end(partition);
    }
    return ends;
  }

  /** Whether {@code known} has as many records of each partition as there are, in their order. */
  boolean isListedBy(Positions known) {
    return Arrays.equals(known.counts(), counts) && known.areWithin(dataEnd);
  }

  /** Its first byte's position in the log; it stays once it is told. */
  long begin() {
    return begin;
  }

  void beginAt(long position) {
    begin = position;
  }

  boolean isEmpty() {
    return dataEnd == SegmentFormat.HEADER_BYTES;
  }

  int dataEnd() {
    return dataEnd;
  }

  /** Takes in a group that is durable now. */
  void grow(int[] partitions, int[] added, int newEnd) {
    Positions known = positions;
    if (known == null) {
      throw new IllegalStateException("segment " + number + " is sealed and cannot grow");
    }
    for (int i = 0; i < added.length; i++) {
      known.add(partitions[i], added[i]);
    }
    counts = known.counts();
    dataEnd = newEnd;
  }

  @Nullable Positions positions() {
    return positions;
  }

  void load(Positions loaded) {
    positions = loaded;
  }

  void unload() {
    positions = null;
  }

  /** Whether every record in here lies below its partition's offset. */
  boolean isBelow(long[] offsets) {
    for (int partition = 0; partition < offsets.length; partition++) {
      if (counts[partition] > 0 && end(partition) > offsets[partition]) {
        return false;
      }
    }
    return true;
  }
}
