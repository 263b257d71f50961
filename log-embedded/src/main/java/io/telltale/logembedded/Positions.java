package io.telltale.logembedded;

import io.telltale.log.RecordLog;
import java.util.Arrays;

/** Where each record of one segment lies, per partition. Grows only; guarded by its owner. */
final class Positions {
  private final int[][] positions = new int[RecordLog.PARTITIONS][];
  private final int[] counts = new int[RecordLog.PARTITIONS];

  Positions() {
    Arrays.fill(positions, new int[0]);
  }

  void add(int partition, int position) {
    int[] known = positions[partition];
    if (counts[partition] == known.length) {
      known = Arrays.copyOf(known, Math.max(64, known.length * 2));
      positions[partition] = known;
    }
    known[counts[partition]++] = position;
  }

  int count(int partition) {
    return counts[partition];
  }

  /** Whether all lie in data that ends at {@code end}, those of each partition in order. */
  boolean areWithin(int end) {
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      int before = SegmentFormat.HEADER_BYTES - 1;
      for (int i = 0; i < counts[partition]; i++) {
        if (positions[partition][i] <= before || positions[partition][i] >= end) {
          return false;
        }
        before = positions[partition][i];
      }
    }
    return true;
  }

  int[] counts() {
    return counts.clone();
  }

  /** The positions of up to {@code limit} records from the {@code index}th on. */
  int[] from(int partition, int index, int limit) {
    return from(partition, index, limit, Integer.MAX_VALUE);
  }

  /** The same, of those that lie before {@code end}. */
  int[] from(int partition, int index, int limit, int end) {
    int to = (int) Math.min(counts[partition], (long) index + limit);
    int[] known = positions[partition];
    if (to > index && known[to - 1] >= end) {
      int found = Arrays.binarySearch(known, index, to, end);
      to = found < 0 ? -found - 1 : found;
    }
    return Arrays.copyOfRange(known, index, to);
  }
}
