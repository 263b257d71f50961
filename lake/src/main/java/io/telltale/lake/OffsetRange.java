package io.telltale.lake;

/** Records {@code from} to {@code to}, both included, of one partition of the log. */
public record OffsetRange(int partition, long from, long to) {
  public OffsetRange {
    if (partition < 0 || from < 0 || to < from) {
      throw new IllegalArgumentException("not a range: " + partition + ":" + from + "-" + to);
    }
  }

  public long size() {
    return to - from + 1;
  }
}
