package io.telltale.message;

import io.telltale.json.PlainJson;
import io.telltale.json.PlainJson.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A schema of the plain kind, made into a few comparisons: on the bytes of what is plain, on a tree
 * of what is not. It says yes only when the schema's own validator would; whatever it is not made
 * for it does not accept, and the validator decides.
 */
public sealed interface PlainShape {
  /** Empty when {@code schema}, JSON Schema 2020-12 as text, is not of the plain kind. */
  static Optional<PlainShape> of(String schema) {
    return Optional.ofNullable(PlainShapes.of(schema));
  }

  /** Whether the value that was read last surely fits; of an object it reads the rest. */
  boolean accepts(PlainJson in);

  /** Whether {@code value}, without duplicate names, surely fits. */
  boolean accepts(JsonNode value);

  /** A value without members. */
  enum Scalar implements PlainShape {
    BOOLEAN,
    NULL;

    @Override
    public boolean accepts(PlainJson in) {
      Token token = in.token();
      return this == NULL ? token == Token.NULL : token == Token.TRUE || token == Token.FALSE;
    }

    @Override
    public boolean accepts(JsonNode value) {
      return this == NULL ? value.isNull() : value.isBoolean();
    }
  }

  /** One text. */
  record Word(String text) implements PlainShape {
    @Override
    public boolean accepts(PlainJson in) {
      return in.token() == Token.TEXT && in.is(text);
    }

    @Override
    public boolean accepts(JsonNode value) {
      return value.isString() && value.stringValue().equals(text);
    }
  }

  /** A number within bounds, both included. */
  record Amount(boolean whole, double min, double max) implements PlainShape {
    /** Up to here a double holds every whole number. */
    private static final long EXACT_MAX = 1L << 53;

    @Override
    public boolean accepts(PlainJson in) {
      return switch (in.token()) {
        case WHOLE -> accepts(in.whole());
        case DECIMAL -> !whole && accepts(in.number());
        default -> false;
      };
    }

    @Override
    public boolean accepts(JsonNode value) {
      return (value.isInt() || value.isLong())
          ? accepts(value.longValue())
          : (!whole && value.isDouble() && accepts(value.doubleValue()));
    }

    Amount within(Measures.Span span) {
      double least = Math.max(min, span.least());
      double greatest = Math.min(max, span.greatest());
      return new Amount(whole, least, greatest);
    }

    private boolean accepts(long exact) {
      return exact >= -EXACT_MAX && exact <= EXACT_MAX && exact >= min && exact <= max;
    }

    private boolean accepts(double value) {
      return value >= min && value <= max && Double.isFinite(value);
    }
  }

  /** Text of plain characters. */
  final class Text implements PlainShape {
    // Longer ones are the validator's: few expressions are asked of long texts.
    private static final int PATTERN_CHARS_MAX = 1_024;

    private final int lengthMin;
    private final int lengthMax;
    private final @Nullable Regex pattern;
    // Whichever thread wrote it: a firmware version is the same for thousands of messages.
    private String lastGood = "";

    Text(int lengthMin, int lengthMax, @Nullable Regex pattern) {
      this.lengthMin = lengthMin;
      this.lengthMax = lengthMax;
      this.pattern = pattern;
    }

    Text upTo(int chars) {
      return new Text(lengthMin, Math.min(lengthMax, chars), pattern);
    }

    boolean takes(String text) {
      return accepts(text);
    }

    @Override
    public boolean accepts(PlainJson in) {
      String known = lastGood;
      return in.token() == Token.TEXT && ((!known.isEmpty() && in.is(known)) || accepts(in.text()));
    }

    @Override
    public boolean accepts(JsonNode value) {
      return value.isString() && accepts(value.stringValue());
    }

    private boolean accepts(String text) {
      if (!text.isEmpty() && text.equals(lastGood)) {
        return true;
      }
      boolean good =
          isPlain(text)
              && text.length() >= lengthMin
              && text.length() <= lengthMax
              && (pattern == null || (text.length() <= PATTERN_CHARS_MAX && pattern.find(text)));
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

  /** An object. */
  final class Members implements PlainShape {
    private static final int OTHERS_MAX = 16;

    private final Map<String, Member> named;
    private final @Nullable PlainShape others;
    private final long required;
    private final int min;
    private final int max;
    // In the order of their bits: the order in which the schema has them.
    private final String[] names;
    private final PlainShape[] shapes;

    /** A named member, and its bit: one of the lowest, each used once. */
    record Member(long bit, PlainShape shape) {}

    /**
     * @param others what members of other names must be; null when there may be none
     * @param required bits of the members that must be there
     */
    Members(
        Map<String, Member> named, @Nullable PlainShape others, long required, int min, int max) {
      this.named = Map.copyOf(named);
      this.others = others;
      this.required = required;
      this.min = min;
      this.max = max;
      this.names = new String[named.size()];
      this.shapes = new PlainShape[named.size()];
      named.forEach(
          (name, member) -> {
            int place = Long.numberOfTrailingZeros(member.bit());
            names[place] = name;
            shapes[place] = member.shape();
          });
    }

    Map<String, Member> named() {
      return named;
    }

    @Nullable PlainShape others() {
      return others;
    }

    long required() {
      return required;
    }

    int min() {
      return min;
    }

    int max() {
      return max;
    }

    /**
     * The place of the member whose name was read last, likely {@code likely}; negative if none.
     */
    int find(PlainJson in, int likely) {
      int place = likely;
      for (int i = 0; i < names.length; i++) {
        place = place >= names.length ? 0 : place;
        if (in.is(names[place])) {
          return place;
        }
        place++;
      }
      return -1;
    }

    /** The name of the member at a place that {@link #find} gave. */
    String name(int place) {
      return names[place];
    }

    PlainShape shape(int place) {
      return shapes[place];
    }

    @Override
    public boolean accepts(PlainJson in) {
      if (in.token() != Token.OBJECT) {
        return false;
      }
      long seen = 0;
      int place = -1;
      List<String> unnamed = List.of();
      while (in.nextMember()) {
        int found = find(in, place + 1);
        PlainShape shape = found < 0 ? others : shapes[found];
        if (shape == null) {
          return false;
        }
        if (found < 0) {
          unnamed = unnamed.isEmpty() ? new ArrayList<>(4) : unnamed;
          String name = in.text();
          if (unnamed.size() >= OTHERS_MAX || unnamed.contains(name)) {
            return false;
          }
          unnamed.add(name);
        } else if ((seen & 1L << found) != 0) {
          return false;
        } else {
          seen |= 1L << found;
          place = found;
        }
        in.next();
        if (!shape.accepts(in)) {
          return false;
        }
      }
      return !in.isOdd() && complete(seen, Long.bitCount(seen) + unnamed.size());
    }

    @Override
    public boolean accepts(JsonNode value) {
      if (!value.isObject()) {
        return false;
      }
      long seen = 0;
      for (Map.Entry<String, JsonNode> property : value.properties()) {
        Member member = named.get(property.getKey());
        PlainShape shape = member == null ? others : member.shape();
        if (shape == null || !shape.accepts(property.getValue())) {
          return false;
        }
        seen |= member == null ? 0 : member.bit();
      }
      return complete(seen, value.size());
    }

    /**
     * The part of it whose readings {@code measures} surely finds good; null when there is none
     * that is easily told.
     */
    @Nullable Members measuredBy(Measures measures) {
      return MeasuredShape.of(this, measures);
    }

    /** Whether the members with the bits {@code seen}, {@code count} in all, are all it takes. */
    boolean complete(long seen, int count) {
      return (seen & required) == required && count >= min && count <= max;
    }
  }
}
