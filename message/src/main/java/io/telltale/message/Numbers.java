package io.telltale.message;

import java.util.OptionalDouble;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Numbers as foreign payloads write them. */
final class Numbers {
  private static final int CHARS_MAX = 64;
  private static final Pattern POINT =
      Pattern.compile("[+-]?[0-9]{1,30}(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?");
  private static final Pattern COMMA = Pattern.compile("[+-]?[0-9]{1,30}(,[0-9]{1,30})?");

  private Numbers() {}

  /** Empty when it is not written as {@code value} says; always finite. */
  static OptionalDouble of(JsonNode node, Mapping.Value value) {
    if (node.isString() || node.isBoolean()) {
      String text = node.isString() ? node.stringValue() : Boolean.toString(node.booleanValue());
      Double word = value.words().get(text);
      return word != null ? OptionalDouble.of(word) : ofText(text, value.number());
    }
    return node.isNumber() && value.number() != Mapping.NumberFormat.DECIMAL_COMMA
        ? finite(node.doubleValue())
        : OptionalDouble.empty();
  }

  private static OptionalDouble ofText(String text, Mapping.NumberFormat format) {
    if (text.length() > CHARS_MAX) {
      return OptionalDouble.empty();
    }
    return switch (format) {
      case NUMBER -> OptionalDouble.empty();
      case TEXT -> POINT.matcher(text).matches() ? parsed(text) : OptionalDouble.empty();
      case DECIMAL_COMMA ->
          COMMA.matcher(text).matches() ? parsed(text.replace(',', '.')) : OptionalDouble.empty();
    };
  }

  private static OptionalDouble parsed(String text) {
    return finite(Double.parseDouble(text));
  }

  private static OptionalDouble finite(double value) {
    return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
  }

  /** Seconds as milliseconds; negative when out of range. */
  static long millis(double seconds) {
    return seconds >= 0 && seconds * 1_000 <= StorableTime.MILLIS_MAX
        ? Math.round(seconds * 1_000)
        : -1;
  }
}
