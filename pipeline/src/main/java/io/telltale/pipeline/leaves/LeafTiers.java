package io.telltale.pipeline.leaves;

import io.telltale.pipeline.LeafArrays;
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
  public static List<LeafArrays.Stored> due(List<LeafArrays.Stored> newestFirst) {
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

  /**
   * Of what merging has left behind: eight neighbours, however many they hold, the fewest bytes of
   * all such. Ascending and without gaps; empty when no eight are few enough.
   */
  public static List<LeafArrays.Stored> leftBehind(List<LeafArrays.Stored> newestFirst) {
    List<LeafArrays.Stored> least = List.of();
    long leastBytes = BYTES_MAX;
    for (int from = 0; from + FAN_IN <= newestFirst.size(); from++) {
      List<LeafArrays.Stored> run = newestFirst.subList(from, from + FAN_IN);
      long bytes = run.stream().mapToLong(LeafArrays.Stored::bytes).sum();
      boolean whole = run.getFirst().last() - run.getLast().first() + 1 == batches(run);
      if (whole && bytes <= leastBytes) {
        least = run;
        leastBytes = bytes;
      }
    }
    return least.reversed();
  }

  private static long batches(List<LeafArrays.Stored> run) {
    return run.stream().mapToLong(stored -> stored.last() - stored.first() + 1).sum();
  }

  private static boolean fits(LeafArrays.Stored newer, LeafArrays.Stored older) {
    return older.last() + 1 == newer.first() && tier(older) == tier(newer);
  }

  private static int tier(LeafArrays.Stored stored) {
    long batches = stored.last() - stored.first() + 1;
    return (Long.SIZE - 1 - Long.numberOfLeadingZeros(batches)) / 3;
  }
}
