package io.telltale.pipeline;

import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A schema of the plain kind as a few comparisons. It says yes only when the schema's own validator
 * would; whatever it is not made for it does not accept, and the validator decides.
 */
sealed interface PlainShape {
  boolean accepts(JsonNode value);

  /** A number within bounds, both included. */
  record Amount(boolean whole, double min, double max) implements PlainShape {
    /** Up to here a double holds every whole number. */
    private static final long EXACT_MAX = 1L << 53;

    @Override
    public boolean accepts(JsonNode value) {
      if (value.isInt() || value.isLong()) {
        long exact = value.longValue();
        return exact >= -EXACT_MAX && exact <= EXACT_MAX && exact >= min && exact <= max;
      }
      return !whole && value.isDouble() && value.doubleValue() >= min && value.doubleValue() <= max;
    }
  }

  /** Text of plain characters: lengths and patterns mean the same to everybody. */
  record Text(int min, int max, @Nullable Pattern pattern) implements PlainShape {
    @Override
    public boolean accepts(JsonNode value) {
      if (!value.isString()) {
        return false;
      }
      String text = value.stringValue();
      return isPlain(text)
          && text.length() >= min
          && text.length() <= max
          && (pattern == null || pattern.matcher(text).find());
    }

    private static boolean isPlain(String text) {
      for (int i = 0; i < text.length(); i++) {
        if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * An object without members of other names.
   *
   * @param required how many of the named ones must be there
   */
  record Members(Map<String, Member> named, int required, int min, int max) implements PlainShape {
    /** A named member. */
    record Member(PlainShape shape, boolean required) {}

    @Override
    public boolean accepts(JsonNode value) {
      if (!value.isObject() || value.size() < min || value.size() > max) {
        return false;
      }
      int missing = required;
      for (Map.Entry<String, JsonNode> property : value.properties()) {
        Member member = named.get(property.getKey());
        if (member == null || !member.shape().accepts(property.getValue())) {
          return false;
        }
        missing -= member.required() ? 1 : 0;
      }
      return missing == 0;
    }
  }
}
