package io.telltale.server.api;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;

/** Times in query parameters: a moment, or how long ago. */
final class Moments {
  // What no event is before or after; beyond it arithmetic overflows.
  private static final Instant FIRST = Instant.EPOCH;
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");
  private static final Duration AGO_MAX = Duration.ofDays(36_525);

  private Moments() {}

  static Optional<Instant> read(String text, Instant now, String name, List<String> mistakes) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<Instant> read = parse(text, now);
    if (read.isEmpty()) {
      mistakes.add(
          name + " must be a time like 2026-11-30T08:00:00Z, or how long ago, like PT2H or P3D");
    }
    return read;
  }

  private static Optional<Instant> parse(String text, Instant now) {
    try {
      if (!text.startsWith("P")) {
        return Optional.of(Instant.parse(text))
            .filter(time -> !time.isBefore(FIRST) && !time.isAfter(LAST));
      }
      return Optional.of(Duration.parse(text))
          .filter(ago -> !ago.isNegative() && ago.compareTo(AGO_MAX) <= 0)
          .map(now::minus);
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
