package io.telltale.lake.write;

import io.telltale.lake.MinuteRow;
import io.telltale.lake.OffsetRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Leaves out provisional revisions that were replaced. What they have of the lineage goes on to the
 * next revision, but only to one that begins where they end: over a revision that is not here
 * nothing is carried, since it would not be behind that one any more. Not thread-safe.
 */
final class MinuteFold {
  private final Consumer<MinuteRow> out;
  private @Nullable MinuteRow last;

  MinuteFold(Consumer<MinuteRow> out) {
    this.out = out;
  }

  /** The revisions of each aggregate must come together and in order. */
  void take(MinuteRow row) {
    MinuteRow before = last;
    MinuteRow next = row;
    if (before != null) {
      Optional<MinuteRow> both =
          before.isFinal() || !before.isOfSameMinute(row) ? Optional.empty() : both(before, row);
      if (both.isEmpty()) {
        out.accept(before);
      }
      next = both.orElse(row);
    }
    last = next;
  }

  void end() {
    MinuteRow before = last;
    if (before != null) {
      out.accept(before);
    }
    last = null;
  }

  /** The later row with the lineage of both; empty where they are to stay two. */
  private static Optional<MinuteRow> both(MinuteRow before, MinuteRow row) {
    if (row.since() > before.revision()) {
      return Optional.empty();
    }
    if (row.since() == 0) {
      return Optional.of(row);
    }
    RoaringBitmap numbers = RoaringBitmap.or(before.contributors(), row.contributors());
    String offsets = row.offsets();
    if (offsets.isEmpty()) {
      offsets = before.offsets();
    } else if (!before.offsets().isEmpty()) {
      List<OffsetRange> ranges = new ArrayList<>(Lineage.ranges(before.offsets()));
      ranges.addAll(Lineage.ranges(row.offsets()));
      offsets = Lineage.text(Lineage.joined(ranges));
    }
    boolean fits =
        offsets.length() <= MinuteRow.LINEAGE_MAX
            && numbers.serializedSizeInBytes() <= MinuteRow.LINEAGE_MAX;
    int since = Math.min(before.since(), row.since());
    return fits ? Optional.of(row.withLineage(since, numbers, offsets)) : Optional.empty();
  }
}
