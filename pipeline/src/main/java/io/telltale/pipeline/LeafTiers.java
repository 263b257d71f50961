package io.telltale.pipeline;

import java.util.ArrayList;
import java.util.List;

/** Which neighbouring leaf arrays are to be written together: eight that hold equally many. */
final class LeafTiers {
  static final int FAN_IN = 8;

  /** More unmerged objects than these there never are: eight of each tier, and the largest. */
  static final int LOOKED_AT = 128;

  static final long BYTES_MAX = 32L << 20;

  private LeafTiers() {}

  /** Ascending and without gaps; empty when nothing is due. */
  static List<LeafArrays.Stored> due(List<LeafArrays.Stored> newestFirst) {
    var run = new ArrayList<LeafArrays.Stored>();
    for (LeafArrays.Stored stored : newestFirst) {
      if (!run.isEmpty() && !fits(run.getLast(), stored)) {
        run.clear();
      }
      run.add(stored);
      if (run.size() == FAN_IN
          && run.stream().mapToLong(LeafArrays.Stored::bytes).sum() <= BYTES_MAX) {
        return run.reversed();
      }
    }
    return List.of();
  }

  private static boolean fits(LeafArrays.Stored newer, LeafArrays.Stored older) {
    return older.last() + 1 == newer.first() && tier(older) == tier(newer);
  }

  private static int tier(LeafArrays.Stored stored) {
    long batches = stored.last() - stored.first() + 1;
    return (Long.SIZE - 1 - Long.numberOfLeadingZeros(batches)) / 3;
  }
}
