package io.telltale.lake.write;

import io.telltale.lake.MinuteRow;
import io.telltale.lake.RawRow;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.ToLongFunction;

/**
 * Rows cut into parts that are staged together, in the heap or in the engine, so that no commit is
 * too large for either.
 */
public final class Slices {
  private static final long ROW_BYTES = 256;

  private Slices() {}

  /** A record's rows stay together: its sealed half is stored once. */
  public static List<List<RawRow>> ofReadings(List<RawRow> rows, long bytesMax) {
    return of(
        rows,
        bytesMax,
        row -> ROW_BYTES + row.originBytes().size() + row.payload().size(),
        (a, b) -> a.partition() == b.partition() && a.offset() == b.offset());
  }

  public static List<List<MinuteRow>> ofMinutes(List<MinuteRow> rows, long bytesMax) {
    return of(
        rows,
        bytesMax,
        row -> ROW_BYTES + row.offsets().length() + row.contributors().serializedSizeInBytes(),
        (a, b) -> false);
  }

  private static <R> List<List<R>> of(
      List<R> rows, long bytesMax, ToLongFunction<R> bytesOf, BiPredicate<R, R> together) {
    var slices = new ArrayList<List<R>>();
    long bytes = 0;
    int from = 0;
    for (int i = 0; i < rows.size(); i++) {
      long size = bytesOf.applyAsLong(rows.get(i));
      boolean splits = i > from && !together.test(rows.get(i - 1), rows.get(i));
      if (splits && bytes + size > bytesMax) {
        slices.add(rows.subList(from, i));
        from = i;
        bytes = 0;
      }
      bytes += size;
    }
    if (from < rows.size()) {
      slices.add(rows.subList(from, rows.size()));
    }
    return slices;
  }
}
