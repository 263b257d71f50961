package io.telltale.admission;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * A schema of the plain kind, made into a few comparisons on the tokens as they come. It says yes
 * only when the schema's own validator would; whatever it is not made for it does not accept, and
 * the validator decides.
 */
sealed interface QuickShape {
  /** Whether the value at the parser's token surely fits; leaves the parser at its last token. */
  boolean accepts(JsonParser in);

  /** A value without members. */
  enum Scalar implements QuickShape {
    BOOLEAN,
    NULL;

    @Override
    public boolean accepts(JsonParser in) {
      JsonToken token = in.currentToken();
      return this == NULL
          ? token == JsonToken.VALUE_NULL
          : token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE;
    }
  }

  /** A number within bounds, both included. */
  record Amount(boolean whole, double min, double max) implements QuickShape {
    /** Up to here a double holds every whole number. */
    private static final long EXACT_MAX = 1L << 53;

    @Override
    public boolean accepts(JsonParser in) {
      double value;
      if (in.currentToken() == JsonToken.VALUE_NUMBER_INT) {
        JsonParser.NumberType type = in.getNumberType();
        if (type != JsonParser.NumberType.INT && type != JsonParser.NumberType.LONG) {
          return false;
        }
        long exact = in.getLongValue();
        if (exact > EXACT_MAX || exact < -EXACT_MAX) {
          return false;
        }
        value = exact;
      } else if (!whole && in.currentToken() == JsonToken.VALUE_NUMBER_FLOAT) {
        value = in.getDoubleValue();
      } else {
        return false;
      }
      return value >= min && value <= max && Double.isFinite(value);
    }
  }

  /** Text of plain characters. */
  final class Text implements QuickShape {
    private final int lengthMin;
    private final int lengthMax;
    private final @Nullable Pattern pattern;
    // Whichever thread wrote it: a firmware version is the same for thousands of messages.
    private String lastGood = "";

    Text(int lengthMin, int lengthMax, @Nullable Pattern pattern) {
      this.lengthMin = lengthMin;
      this.lengthMax = lengthMax;
      this.pattern = pattern;
    }

    @Override
    public boolean accepts(JsonParser in) {
      if (in.currentToken() != JsonToken.VALUE_STRING) {
        return false;
      }
      String text = in.getString();
      if (!text.isEmpty() && text.equals(lastGood)) {
        return true;
      }
      boolean good =
          isPlain(text)
              && text.length() >= lengthMin
              && text.length() <= lengthMax
              && (pattern == null || pattern.matcher(text).find());
      if (good) {
        lastGood = text;
      }
      return good;
    }

    // One character each, no line ends: lengths and patterns mean the same to everybody.
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
   * An object.
   *
   * @param others what members of other names must be; null when there may be none
   * @param required bits of the members that must be there
   */
  record Members(
      Map<String, Member> named, @Nullable QuickShape others, long required, int min, int max)
      implements QuickShape {
    private static final int OTHERS_MAX = 16;

    /** A named member, and its bit. */
    record Member(long bit, QuickShape shape) {}

    @Override
    public boolean accepts(JsonParser in) {
      if (in.currentToken() != JsonToken.START_OBJECT) {
        return false;
      }
      long seen = 0;
      List<String> unnamed = List.of();
      String name = in.nextName();
      while (name != null) {
        Member member = named.get(name);
        QuickShape shape = member == null ? others : member.shape();
        if (shape == null) {
          return false;
        }
        if (member == null) {
          unnamed = unnamed.isEmpty() ? new ArrayList<>(4) : unnamed;
          if (unnamed.size() >= OTHERS_MAX || unnamed.contains(name)) {
            return false;
          }
          unnamed.add(name);
        } else if ((seen & member.bit()) != 0) {
          return false;
        } else {
          seen |= member.bit();
        }
        in.nextToken();
        if (!shape.accepts(in)) {
          return false;
        }
        name = in.nextName();
      }
      return in.currentToken() == JsonToken.END_OBJECT
          && complete(seen, Long.bitCount(seen) + unnamed.size());
    }

    boolean complete(long seen, int count) {
      return (seen & required) == required && count >= min && count <= max;
    }
  }
}
