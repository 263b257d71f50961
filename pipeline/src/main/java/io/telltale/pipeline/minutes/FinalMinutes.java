package io.telltale.pipeline.minutes;

import io.telltale.engine.EngineFailedException;
import io.telltale.kernel.Scope;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.LakeWriter;
import io.telltale.lake.MinuteRow;
import io.telltale.lake.MinuteSpan;
import io.telltale.pipeline.PipelineParts;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Aggregates that the pipeline's own state has let go of: a reading that is older than that goes on
 * with what the lake has. Whoever asks has looked at the state first, which is never behind. Not
 * thread-safe.
 */
public final class FinalMinutes {
  private static final Logger LOG = System.getLogger("io.telltale.pipeline");
  private static final long BYTES_MAX = 32L << 20;
  private static final int ROW_BYTES = 512;
  private static final int SPANS_MAX = 64;

  private final LakeWriter lake;
  private final InstantSource clock;
  private final PastWaits waits;
  private final long minutesKept;
  private final ArrayDeque<Known> known = new ArrayDeque<>();
  private final MinuteStore store;
  // Of both this and the clock, the later: that may have been set back.
  private long letGo;
  private long bytes;

  /** What was read of a span; {@code failed} when it could not be. */
  private record Known(
      Scope scope, MinuteSpan span, Map<MinuteKey, MinuteRow> rows, long bytes, boolean failed) {
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
  public FinalMinutes(PipelineParts parts, MinuteStore store, PastWaits waits, long minutesKept) {
    this.lake = parts.writer();
    this.clock = parts.clock();
    this.store = store;
    this.waits = waits;
    this.minutesKept = minutesKept;
    this.letGo = store.letGo();
  }

  /** Whether only the lake may know {@code key}: the state would hold a later minute. */
  boolean isPast(MinuteKey key) {
    return key.minute() < Math.max(letGo, MinuteKey.minuteOf(clock.millis()) - minutesKept);
  }

  /** What the lake has of {@code key}; empty for a minute that the state would hold. */
  Optional<MinuteState> minute(MinuteKey key) {
    return isPast(key)
        ? Optional.ofNullable(known(key).rows().get(key)).map(row -> MinuteState.of(key, row))
        : Optional.empty();
  }

  /**
   * Whether {@link #minute} can tell. What cannot be read is waited for a while, by all records;
   * then those that need it are refused, until it is read again after {@link #forget} or {@link
   * #forgetFailed}.
   */
  boolean isReadable(MinuteKey key) {
    return !known(key).failed();
  }

  /** Reads all again: what the state has let go of since is not in what was read. */
  public void forget() {
    known.clear();
    bytes = 0;
    letGo = store.letGo();
  }

  /** Reads again what could not be read: whoever asks for a letter has mended what was wrong. */
  public void forgetFailed() {
    known.removeIf(Known::failed);
  }

  private Known known(MinuteKey key) {
    Optional<Known> found = known.stream().filter(one -> one.covers(key)).findFirst();
    return found.orElseGet(() -> keep(load(key)));
  }

  private Known load(MinuteKey key) {
    Instant day = start(key).truncatedTo(ChronoUnit.DAYS);
    String about = key.scope().path() + " " + day;
    try {
      MinuteSpan span = lake.minutes(key.scope(), start(key));
      var byKey = new HashMap<MinuteKey, MinuteRow>();
      span.rows().forEach(row -> byKey.put(keyOf(row), row));
      long size = span.rows().stream().mapToLong(FinalMinutes::bytes).sum();
      waits.read(about);
      return new Known(key.scope(), span, byKey, size, false);
    } catch (RuntimeException e) {
      // What is corrupt or too much for the engine stays so.
      boolean passes = e instanceof UnavailableException && !(e instanceof EngineFailedException);
      if (passes && waits.waitsFor(about)) {
        throw e;
      }
      LOG.log(Level.ERROR, "pipeline.past.unreadable why={0}", e.getMessage());
      var span = new MinuteSpan(day, day.plus(1, ChronoUnit.DAYS), List.of());
      return new Known(key.scope(), span, Map.of(), 0, true);
    }
  }

  private Known keep(Known fresh) {
    known.addFirst(fresh);
    bytes += fresh.bytes();
    while (known.size() > 1 && (known.size() > SPANS_MAX || bytes > BYTES_MAX)) {
      bytes -= known.removeLast().bytes();
    }
    return fresh;
  }

  private static long bytes(MinuteRow row) {
    return ROW_BYTES + row.contributors().getLongSizeInBytes();
  }

  static MinuteKey keyOf(MinuteRow row) {
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
