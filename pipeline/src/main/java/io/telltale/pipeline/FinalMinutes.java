package io.telltale.pipeline;

import io.telltale.kernel.Scope;
import io.telltale.lake.LakeWriter;
import io.telltale.lake.MinuteRow;
import io.telltale.lake.MinuteSpan;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Aggregates that the pipeline's own state has let go of: a reading that is older than that goes on
 * with what the lake has. Whoever asks has looked at the state first, which is never behind. Not
 * thread-safe.
 */
final class FinalMinutes {
  private static final int ROWS_MAX = 100_000;
  private static final int SPANS_MAX = 64;

  private final LakeWriter lake;
  private final InstantSource clock;
  private final long minutesKept;
  private final ArrayDeque<Known> known = new ArrayDeque<>();
  private int rows;

  private record Known(Scope scope, MinuteSpan span, Map<MinuteKey, MinuteRow> rows) {
    boolean covers(MinuteKey key) {
      Instant minute = start(key);
      return scope.equals(key.scope())
          && !minute.isBefore(span.from())
          && minute.isBefore(span.to());
    }
  }

  /**
   * @param minutesKept how long the state holds a final minute
   */
  FinalMinutes(LakeWriter lake, InstantSource clock, long minutesKept) {
    this.lake = lake;
    this.clock = clock;
    this.minutesKept = minutesKept;
  }

  /** What the lake has of {@code key}; empty for a minute that the state would hold. */
  Optional<MinuteState> minute(MinuteKey key) {
    if (key.minute() >= MinuteKey.minuteOf(clock.millis()) - minutesKept) {
      return Optional.empty();
    }
    Known found = known.stream().filter(one -> one.covers(key)).findFirst().orElse(null);
    if (found == null) {
      found = load(key);
    }
    return Optional.ofNullable(found.rows().get(key)).map(row -> MinuteState.of(key, row));
  }

  /** Reads all again: what the state has let go of since is not in what was read. */
  void forget() {
    known.clear();
    rows = 0;
  }

  private Known load(MinuteKey key) {
    MinuteSpan span = lake.minutes(key.scope(), start(key));
    var byKey = new HashMap<MinuteKey, MinuteRow>();
    span.rows().forEach(row -> byKey.put(keyOf(row), row));
    var fresh = new Known(key.scope(), span, byKey);
    known.addFirst(fresh);
    rows += byKey.size();
    while (known.size() > 1 && (known.size() > SPANS_MAX || rows > ROWS_MAX)) {
      rows -= known.removeLast().rows().size();
    }
    return fresh;
  }

  private static MinuteKey keyOf(MinuteRow row) {
    return new MinuteKey(
        row.scope(),
        row.site(),
        row.deviceType(),
        row.metric(),
        row.unit(),
        MinuteKey.minuteOf(row.minute().toEpochMilli()));
  }

  private static Instant start(MinuteKey key) {
    return Instant.ofEpochMilli(key.minute() * MinuteKey.MILLIS);
  }
}
