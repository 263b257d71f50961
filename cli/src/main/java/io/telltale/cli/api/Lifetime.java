package io.telltale.cli.api;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;

/**
 * How long something is good, as a person writes it: {@code 30s}, {@code 10m}, {@code 2h}, {@code
 * 3d}.
 */
public final class Lifetime {
  public static final String FORM = "30s, 10m, 2h or 3d";

  private static final int HOUR = 3_600;
  private static final int MINUTE = 60;

  private Lifetime() {}

  /** Seconds in hours or minutes, where those tell them whole, with the seconds beside it. */
  public static String text(long seconds) {
    if (seconds >= HOUR && seconds % HOUR == 0) {
      return "%d h (%d s)".formatted(seconds / HOUR, seconds);
    }
    if (seconds >= MINUTE && seconds % MINUTE == 0) {
      return "%d min (%d s)".formatted(seconds / MINUTE, seconds);
    }
    return seconds + " s";
  }

  /** Empty for what is no time above zero. */
  public static Optional<Duration> parse(String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    try {
      return Optional.of(Duration.parse((upper.endsWith("D") ? "P" : "PT") + upper))
          .filter(Duration::isPositive);
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
