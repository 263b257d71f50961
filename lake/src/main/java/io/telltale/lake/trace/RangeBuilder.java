package io.telltale.lake.trace;

import io.telltale.lake.OffsetRange;
import java.util.ArrayList;
import java.util.List;

/** Ascending offsets, 32 at a time, into ranges that do not touch. */
final class RangeBuilder {
  private final List<OffsetRange> ranges = new ArrayList<>();
  private long records;
  private int partition = -1;
  private long from;
  private long to;

  /** Offsets {@code first + i} for every bit i that is set; blocks must come in order. */
  void addBlock(int ofPartition, long first, long bits) {
    for (long rest = bits; rest != 0; rest &= rest - 1) {
      add(ofPartition, first + Long.numberOfTrailingZeros(rest));
    }
    records += Long.bitCount(bits);
  }

  long records() {
    return records;
  }

  List<OffsetRange> build() {
    close();
    partition = -1;
    return ranges;
  }

  private void add(int ofPartition, long offset) {
    if (ofPartition == partition && offset == to + 1) {
      to = offset;
      return;
    }
    close();
    partition = ofPartition;
    from = offset;
    to = offset;
  }

  private void close() {
    if (partition >= 0) {
      ranges.add(new OffsetRange(partition, from, to));
    }
  }
}
