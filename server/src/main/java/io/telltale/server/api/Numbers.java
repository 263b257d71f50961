package io.telltale.server.api;

import java.util.List;
import java.util.regex.Pattern;

/** Whole numbers in query parameters and paths. */
final class Numbers {
  private static final Pattern DIGITS = Pattern.compile("[0-9]{1,18}");

  private Numbers() {}

  static boolean whole(String text) {
    return DIGITS.matcher(text).matches();
  }

  static Long bounded(
      String text, long otherwise, long min, long max, String name, List<String> mistakes) {
    if (text.isEmpty()) {
      return otherwise;
    }
    if (!whole(text) || Long.parseLong(text) < min || Long.parseLong(text) > max) {
      mistakes.add("%s must be a whole number from %d to %d".formatted(name, min, max));
      return otherwise;
    }
    return Long.parseLong(text);
  }
}
