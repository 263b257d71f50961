package io.telltale.lake;

import java.sql.SQLException;
import java.util.Locale;
import java.util.regex.Pattern;

/** What of DuckDB's errors an analyst gets to see: the first line, without our paths. */
final class EngineMessages {
  private static final Pattern PATHS = Pattern.compile("/[\\w./-]+/[\\w./-]+");

  private EngineMessages() {}

  static String forAnalyst(SQLException e) {
    String message = java.util.Objects.requireNonNullElse(e.getMessage(), "the query failed");
    String first = message.lines().findFirst().orElse("the query failed");
    return PATHS.matcher(first).replaceAll("…");
  }

  static boolean interrupted(SQLException e) {
    return java.util.Objects.requireNonNullElse(e.getMessage(), "")
        .toUpperCase(Locale.ROOT)
        .contains("INTERRUPT");
  }
}
