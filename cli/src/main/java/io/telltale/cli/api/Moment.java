package io.telltale.cli.api;

import io.telltale.kernel.Inert;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/** A time as a person writes it: a moment as answers print them, or how long ago. */
public final class Moment {
  public static final String FORM = "2026-11-30T08:00:00Z, or a time ago, like " + Lifetime.FORM;

  private Moment() {}

  /** As the API has it, which counts from its own clock; empty where none is given. */
  public static String option(ServerOptions options, String name, String value) {
    if (value.isEmpty()) {
      return "";
    }
    return Lifetime.parse(value)
        .map(Object::toString)
        .or(() -> instant(value))
        .orElseThrow(
            () ->
                options.mistake(
                    "%s must be a time like %s, not %s".formatted(name, FORM, Inert.text(value))));
  }

  private static Optional<String> instant(String value) {
    try {
      return Optional.of(Instant.parse(value).toString());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
