package io.telltale.pipeline;

/**
 * When leaf arrays are merged: once a commit, again at once while there is more, and between
 * commits no more often than commits may be. When nothing comes there is little to look for, and a
 * look is a question to the database.
 */
final class LeafUpkeep {
  private final LeafArrays leaves;
  private final Tally tally;
  private final long everyNanos;
  private long lastNanos;
  private long lastCommits;
  private boolean more = true;

  LeafUpkeep(LeafArrays leaves, Tally tally, long everyNanos) {
    this.leaves = leaves;
    this.tally = tally;
    this.everyNanos = everyNanos;
  }

  /** Merges some if it is time. */
  void turn(long commits, long nowNanos) {
    if (!more && commits == lastCommits && nowNanos - lastNanos < everyNanos) {
      return;
    }
    lastCommits = commits;
    lastNanos = nowNanos;
    // What fails is not tried at once.
    more = false;
    more = leaves.merge();
    tally.leavesGone(leaves.gone().size(), leaves.gone().stream().findFirst().orElse(""));
  }
}
