package io.telltale.log;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How far each of several readers goes in a round, so that those near one position of the log stay
 * there, and each block is read once for all of them. Readers that are far from one another, be it
 * one that waited for an hour, form groups that know nothing of each other: none waits for a
 * backlog that is not its own, but for what lies within a few windows of it.
 */
public final class Lockstep {
  /** Of a reader that has nothing to read, or goes its own way. */
  public static final long NOWHERE = -1;

  /** So many windows a reader may be ahead of the last of its group. */
  static final int GROUP_WINDOWS = 4;

  private Lockstep() {}

  /**
   * The position before which each reader stops in this round: the last of each group has something
   * before it always, and others may have nothing.
   *
   * @param next where each reader's next record lies, or {@link #NOWHERE}
   * @param window so much of the log all groups together go on, about: what is kept of what was
   *     read must hold it
   */
  public static long[] ends(long[] next, long window) {
    List<List<Integer>> groups = groups(next, GROUP_WINDOWS * window);
    long[] ends = new long[next.length];
    Arrays.fill(ends, Long.MAX_VALUE);
    for (List<Integer> group : groups) {
      long last = next[group.getFirst()];
      group.forEach(reader -> ends[reader] = last + Math.max(1, window / groups.size()));
    }
    return ends;
  }

  // Each from its last reader on.
  private static List<List<Integer>> groups(long[] next, long spread) {
    var groups = new ArrayList<List<Integer>>();
    IntStream.range(0, next.length)
        .filter(reader -> next[reader] != NOWHERE)
        .boxed()
        .sorted(Comparator.comparingLong(reader -> next[reader]))
        .forEach(
            reader -> {
              boolean near =
                  !groups.isEmpty() && next[reader] - next[groups.getLast().getFirst()] < spread;
              if (!near) {
                groups.add(new ArrayList<>());
              }
              groups.getLast().add(reader);
            });
    return groups;
  }
}
