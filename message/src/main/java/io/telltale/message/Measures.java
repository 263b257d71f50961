package io.telltale.message;

import io.telltale.json.PlainJson;
import io.telltale.json.PlainJson.Token;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What the values of a reading measure, in canonical units and within the ranges of their fields.
 * The door and the pipeline judge by this one rule, or what the first acknowledges the second would
 * refuse (ADR-0216). Never throws for a document; safe for many threads.
 */
public final class Measures {
  /** A unit longer than this is none. */
  public static final int UNIT_CHARS_MAX = 64;

  private static final int STEPS_MAX = 64;
  private static final double PLAIN_MAX = 1e9;
  private static final double PLAIN_MIN = 1e-6;

  private final Map<String, Field> fields = new HashMap<>();
  // From a field's own unit to the canonical one.
  private final Map<String, Units.Conversion> own = new HashMap<>();

  /**
   * One value, normalised.
   *
   * @param value empty for what is no number
   */
  public record Measure(String metric, OptionalDouble value, String unit, String unitSent) {}

  /** Why a reading whose schema is kept cannot be stored all the same. */
  public enum Fault {
    VALUES_MISSING,
    TIME_UNSTORABLE,
    UNIT_UNKNOWN,
    OUT_OF_RANGE
  }

  /** What a reading measures, or why it measures nothing. */
  public sealed interface Judged {
    record Good(List<Measure> measures) implements Judged {
      public Good {
        measures = List.copyOf(measures);
      }
    }

    /**
     * @param field of the policy that is not kept to; empty where none is
     */
    record Faulty(Fault fault, String field) implements Judged {}
  }

  /** The numbers from {@code least} to {@code greatest}. */
  public record Span(double least, double greatest) {}

  public Measures(List<Field> fields) {
    for (Field field : fields) {
      this.fields.put(field.name(), field);
      Units.between(field.unit(), field.canonicalUnit())
          .ifPresent(way -> own.put(field.name(), way));
    }
  }

  /** Whether what is measured in {@code from} can be said in {@code to}. */
  public static boolean converts(String from, String to) {
    return Units.between(from, to).isPresent();
  }

  /** The units that are converted, by what they measure, for messages. */
  public static String convertible() {
    return Units.text();
  }

  public Set<String> fields() {
    return Set.copyOf(fields.keySet());
  }

  /** What a field's numbers are in when nothing else is said; null for what is no field. */
  public @Nullable String unit(String metric) {
    Field field = fields.get(metric);
    return field == null ? null : field.unit();
  }

  /**
   * Numbers in its own unit that a field surely takes: all of them or nearly so. Empty when there
   * are none, or no field.
   */
  public Optional<Span> span(String metric) {
    Field field = fields.get(metric);
    if (field == null) {
      return Optional.empty();
    }
    return Units.between(field.unit(), field.canonicalUnit()).flatMap(way -> span(field, way));
  }

  // Converting is monotonic, rounding included: what lies between two that fit does fit.
  private static Optional<Span> span(Field field, Units.Conversion way) {
    double least = way.back(field.min());
    double greatest = way.back(field.max());
    for (int i = 0; i < STEPS_MAX && !(way.of(least) >= field.min()); i++) {
      least = Math.nextUp(least);
    }
    for (int i = 0; i < STEPS_MAX && !(way.of(greatest) <= field.max()); i++) {
      greatest = Math.nextDown(greatest);
    }
    boolean sure = way.of(least) >= field.min() && way.of(greatest) <= field.max();
    return sure && least <= greatest ? Optional.of(new Span(least, greatest)) : Optional.empty();
  }

  /** Judges a reading that fits its schema. */
  public Judged of(JsonNode document) {
    JsonNode values = document.get("values");
    if (values == null || !values.isObject() || values.isEmpty()) {
      return new Judged.Faulty(Fault.VALUES_MISSING, "");
    }
    if (!ReadingMembers.isStorableTime(document.get(ReadingMembers.SOURCE_TIME))) {
      return new Judged.Faulty(Fault.TIME_UNSTORABLE, "");
    }
    JsonNode units = document.get("units");
    var measures = new ArrayList<Measure>(values.size());
    for (Map.Entry<String, JsonNode> value : values.properties()) {
      JsonNode unit = units == null ? null : units.get(value.getKey());
      String sent = unit == null || !unit.isString() ? null : unit.stringValue();
      OptionalDouble number =
          value.getValue().isNumber()
              ? OptionalDouble.of(value.getValue().doubleValue())
              : OptionalDouble.empty();
      Fault fault = measure(value.getKey(), number, sent, measures);
      if (fault != null) {
        // A name that is no field's is the sender's own words.
        String field = fields.containsKey(value.getKey()) ? value.getKey() : "";
        return new Judged.Faulty(fault, field);
      }
    }
    return new Judged.Good(measures);
  }

  /**
   * The first value that lies outside its field's range, with that range: for people who may see
   * values. Empty where there is none.
   */
  public Optional<String> outOfRange(JsonNode document) {
    for (Map.Entry<String, JsonNode> value : document.path("values").properties()) {
      Field field = fields.get(value.getKey());
      if (field != null && value.getValue().isNumber()) {
        JsonNode unit = document.path("units").path(field.name());
        String sent = unit.isString() ? unit.stringValue() : field.unit();
        double number = value.getValue().doubleValue();
        OptionalDouble normal =
            Units.between(sent, field.canonicalUnit()).stream()
                .mapToDouble(way -> way.of(number))
                .findFirst();
        if (normal.isPresent()
            && !(normal.getAsDouble() >= field.min() && normal.getAsDouble() <= field.max())) {
          return Optional.of(beyond(field, number, sent, normal.getAsDouble()));
        }
      }
    }
    return Optional.empty();
  }

  private static String beyond(Field field, double number, String sent, double normal) {
    String unit = field.canonicalUnit();
    return "%s: %s is not between %s and %s"
        .formatted(
            field.name(),
            sent.equals(unit)
                ? shown(number, "")
                : "%s, which is %s,".formatted(shown(number, sent), shown(normal, unit)),
            shown(field.min(), ""),
            shown(field.max(), unit));
  }

  private static String shown(double number, String unit) {
    // Rounded it might be another number: 100.00000000000001 is not 100.
    double size = Math.abs(number);
    boolean plain = number == 0 || (size >= PLAIN_MIN && size < PLAIN_MAX);
    String digits =
        plain
            ? BigDecimal.valueOf(number).stripTrailingZeros().toPlainString()
            : Double.toString(number);
    return unit.isEmpty() ? digits : digits + " " + unit;
  }

  /**
   * What the members of {@code values} measure, whose beginning was read; null where one is at
   * fault, which the full way names. {@code units} are of one text each where they are said.
   */
  @Nullable List<Measure> ofPlain(PlainJson values, @Nullable PlainJson units) {
    Map<String, String> said = units == null ? Map.of() : texts(units);
    var measures = new ArrayList<Measure>(8);
    while (values.nextMember()) {
      String name = values.text();
      Token token = values.next();
      OptionalDouble number =
          token == Token.WHOLE || token == Token.DECIMAL
              ? OptionalDouble.of(values.number())
              : OptionalDouble.empty();
      values.skip();
      if (measure(name, number, said.get(name), measures) != null) {
        return null;
      }
    }
    return values.isOdd() || measures.isEmpty() ? null : measures;
  }

  private static Map<String, String> texts(PlainJson units) {
    var texts = new HashMap<String, String>();
    while (units.nextMember()) {
      String name = units.text();
      if (units.next() == Token.TEXT) {
        texts.put(name, units.text());
      }
      units.skip();
    }
    return texts;
  }

  /** {@code number} is empty for what is none. */
  private @Nullable Fault measure(
      String name, OptionalDouble number, @Nullable String said, List<Measure> into) {
    Field field = fields.get(name);
    String sent = said != null ? said : field == null ? "" : field.unit();
    if (sent.length() > UNIT_CHARS_MAX) {
      return Fault.UNIT_UNKNOWN;
    }
    if (number.isEmpty()) {
      into.add(new Measure(name, number, "", sent));
      return null;
    }
    if (field == null) {
      into.add(new Measure(name, number, sent, sent));
      return null;
    }
    Optional<Units.Conversion> way =
        sent.equals(field.unit())
            ? Optional.ofNullable(own.get(name))
            : Units.between(sent, field.canonicalUnit());
    if (way.isEmpty()) {
      return Fault.UNIT_UNKNOWN;
    }
    double normal = way.get().of(number.getAsDouble());
    if (!(normal >= field.min() && normal <= field.max())) {
      return Fault.OUT_OF_RANGE;
    }
    // The field's own words: of a million readings one name.
    into.add(new Measure(field.name(), OptionalDouble.of(normal), field.canonicalUnit(), sent));
    return null;
  }
}
