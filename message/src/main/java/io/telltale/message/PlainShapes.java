package io.telltale.message;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Makes the plain form of a schema; every keyword that it does not know makes it give up. */
final class PlainShapes {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();
  private static final int MEMBERS_MAX = 64;
  private static final Set<String> REMARKS =
      Set.of("$schema", "$comment", "title", "description", "type");
  private static final Set<String> OF_OBJECTS =
      Set.of("properties", "required", "additionalProperties", "minProperties", "maxProperties");
  private static final Set<String> OF_NUMBERS = Set.of("minimum", "maximum");
  private static final Set<String> OF_TEXTS = Set.of("minLength", "maxLength", "pattern");

  private PlainShapes() {}

  /** Null when the schema is not of the plain kind. */
  static @Nullable PlainShape of(String schema) {
    return of(JSON.readTree(schema));
  }

  private static @Nullable PlainShape of(JsonNode schema) {
    if (!schema.isObject() || !schema.path("type").isString()) {
      return null;
    }
    return switch (schema.path("type").stringValue()) {
      case "object" -> knowsOnly(schema, OF_OBJECTS) ? members(schema) : null;
      case "number" -> knowsOnly(schema, OF_NUMBERS) ? number(schema, false) : null;
      case "integer" -> knowsOnly(schema, OF_NUMBERS) ? number(schema, true) : null;
      case "string" -> knowsOnly(schema, OF_TEXTS) ? text(schema) : null;
      case "boolean" -> knowsOnly(schema, Set.of()) ? PlainShape.Scalar.BOOLEAN : null;
      case "null" -> knowsOnly(schema, Set.of()) ? PlainShape.Scalar.NULL : null;
      default -> null;
    };
  }

  private static boolean knowsOnly(JsonNode schema, Set<String> keywords) {
    return schema.propertyNames().stream()
        .allMatch(name -> REMARKS.contains(name) || keywords.contains(name));
  }

  private static @Nullable PlainShape members(JsonNode schema) {
    JsonNode properties = schema.path("properties");
    if (!(properties.isObject() || properties.isMissingNode()) || properties.size() > MEMBERS_MAX) {
      return null;
    }
    var named = new HashMap<String, PlainShape.Members.Member>();
    for (String name : properties.propertyNames()) {
      PlainShape shape = of(properties.path(name));
      if (shape == null) {
        return null;
      }
      named.put(name, new PlainShape.Members.Member(1L << named.size(), shape));
    }
    long required = 0;
    for (JsonNode name : schema.path("required")) {
      PlainShape.Members.Member member = name.isString() ? named.get(name.stringValue()) : null;
      if (member == null) {
        return null;
      }
      required |= member.bit();
    }
    // Any value at all would need the full reader: only members of a kind, or none.
    JsonNode others = schema.path("additionalProperties");
    boolean none = others.isBoolean() && !others.booleanValue();
    PlainShape shape = none ? null : of(others);
    int min = count(schema.path("minProperties"), 0);
    int max = count(schema.path("maxProperties"), Integer.MAX_VALUE);
    return (none || shape != null) && min >= 0 && max >= 0
        ? new PlainShape.Members(Map.copyOf(named), shape, required, min, max)
        : null;
  }

  private static @Nullable PlainShape number(JsonNode schema, boolean whole) {
    double min = bound(schema.path("minimum"), -Double.MAX_VALUE);
    double max = bound(schema.path("maximum"), Double.MAX_VALUE);
    return Double.isNaN(min) || Double.isNaN(max) ? null : new PlainShape.Amount(whole, min, max);
  }

  /** NaN for a bound that a double does not hold as it is written. */
  private static double bound(JsonNode bound, double none) {
    if (bound.isMissingNode()) {
      return none;
    }
    if (!bound.isNumber()) {
      return Double.NaN;
    }
    double value = bound.doubleValue();
    return Double.isFinite(value)
            && new BigDecimal(Double.toString(value)).compareTo(bound.decimalValue()) == 0
        ? value
        : Double.NaN;
  }

  private static @Nullable PlainShape text(JsonNode schema) {
    int min = count(schema.path("minLength"), 0);
    int max = count(schema.path("maxLength"), Integer.MAX_VALUE);
    JsonNode pattern = schema.path("pattern");
    if (min < 0 || max < 0 || !(pattern.isMissingNode() || pattern.isString())) {
      return null;
    }
    try {
      return new PlainShape.Text(
          min, max, pattern.isMissingNode() ? null : Regex.of(pattern.stringValue()));
    } catch (PatternSyntaxException e) {
      return null;
    }
  }

  /** Negative for what is no count. */
  private static int count(JsonNode count, int none) {
    if (count.isMissingNode()) {
      return none;
    }
    return count.isIntegralNumber() && count.canConvertToInt() ? count.intValue() : -1;
  }
}
