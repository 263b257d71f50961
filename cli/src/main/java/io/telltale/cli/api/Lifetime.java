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

  private Lifetime() {}

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
