package io.telltale.server.upkeep;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A certificate, list or key of ours that we stand on, and until when.
 *
 * @param kind its name in metrics and logs
 * @param ends empty when it has no end
 * @param warnedBefore so long before the end it is near; what renews itself has been renewed by
 *     then
 * @param remedy what to do about it
 */
record Ending(String kind, Optional<Instant> ends, Duration warnedBefore, String remedy) {
  private static final Duration MONTH = Duration.ofDays(30);
  private static final Duration WEEK = Duration.ofDays(7);

  /** How near the end is. */
  enum Stage {
    GOOD,
    NEAR,
    WITHIN_A_MONTH,
    WITHIN_A_WEEK,
    ENDED;

    String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  static Ending never(String kind, String remedy) {
    return new Ending(kind, Optional.empty(), Duration.ZERO, remedy);
  }

  Stage stage(Instant now) {
    if (ends.isEmpty()) {
      return Stage.GOOD;
    }
    Duration left = Duration.between(now, ends.get());
    if (!left.isPositive()) {
      return Stage.ENDED;
    }
    if (left.compareTo(warnedBefore) > 0) {
      return Stage.GOOD;
    }
    if (left.compareTo(WEEK) <= 0) {
      return Stage.WITHIN_A_WEEK;
    }
    return left.compareTo(MONTH) <= 0 ? Stage.WITHIN_A_MONTH : Stage.NEAR;
  }

  /** For {@code GET /v1/status}. */
  Map<String, Object> shown(Instant now) {
    var shown = new LinkedHashMap<String, Object>();
    shown.put("ends", ends.map(Instant::toString).orElse("never"));
    shown.put("stage", stage(now).text());
    shown.put("remedy", remedy);
    return shown;
  }
}
