package io.telltale.pipeline.leaves;

import java.util.ArrayList;
import java.util.List;

/** Which neighbouring leaf arrays are to be written together: eight that hold equally many. */
public final class LeafTiers {
  public static final int FAN_IN = 8;

  /**
   * At once. No more than these are unmerged unless merging stood still: eight of each tier, and
   * the largest.
   */
  public static final int LOOKED_AT = 128;

  static final long BYTES_MAX = 32L << 20;

  private LeafTiers() {}

  /** Ascending and without gaps; empty when nothing is due. */
  public static List<StoredLeaves> due(List<StoredLeaves> newestFirst) {
    var run = new ArrayList<StoredLeaves>();
    for (StoredLeaves stored : newestFirst) {
      if (!run.isEmpty() && !fits(run.getLast(), stored)) {
        run.clear();
      }
      run.add(stored);
      if (run.size() == FAN_IN && run.stream().mapToLong(StoredLeaves::bytes).sum() <= BYTES_MAX) {
        return run.reversed();
      }
    }
    return List.of();
  }

  /**
   * Of what merging has left behind: eight neighbours, however many they hold, the fewest bytes of
   * all such. Ascending and without gaps; empty when no eight are few enough.
   */
  public static List<StoredLeaves> leftBehind(List<StoredLeaves> newestFirst) {
    List<StoredLeaves> least = List.of();
    long leastBytes = BYTES_MAX;
    for (int from = 0; from + FAN_IN <= newestFirst.size(); from++) {
      List<StoredLeaves> run = newestFirst.subList(from, from + FAN_IN);
      long bytes = run.stream().mapToLong(StoredLeaves::bytes).sum();
      boolean whole = run.getFirst().last() - run.getLast().first() + 1 == batches(run);
      if (whole && bytes <= leastBytes) {
        least = run;
        leastBytes = bytes;
      }
    }
    return least.reversed();
  }

  private static long batches(List<StoredLeaves> run) {
    return run.stream().mapToLong(stored -> stored.last() - stored.first() + 1).sum();
  }

  private static boolean fits(StoredLeaves newer, StoredLeaves older) {
    return older.last() + 1 == newer.first() && tier(older) == tier(newer);
  }

  private static int tier(StoredLeaves stored) {
    long batches = stored.last() - stored.first() + 1;
    return (Long.SIZE - 1 - Long.numberOfLeadingZeros(batches)) / 3;
  }
}
