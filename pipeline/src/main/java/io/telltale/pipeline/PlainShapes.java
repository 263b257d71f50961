package io.telltale.pipeline;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import tools.jackson.databind.JsonNode;

/** Makes the plain form of a schema; every keyword that it does not know makes it give up. */
final class PlainShapes {
  private static final Set<String> REMARKS =
      Set.of("$schema", "$comment", "title", "description", "type");
  private static final Set<String> OF_OBJECTS =
      Set.of("properties", "required", "additionalProperties", "minProperties", "maxProperties");
  private static final Set<String> OF_NUMBERS = Set.of("minimum", "maximum");
  private static final Set<String> OF_TEXTS = Set.of("minLength", "maxLength", "pattern");

  private PlainShapes() {}

  /** Empty when the schema is not of the plain kind. */
  static Optional<PlainShape> of(JsonNode schema) {
    try {
      return Optional.of(shape(schema));
    } catch (UnusualException e) {
      return Optional.empty();
    }
  }

  /** Something in a schema that only its validator knows. */
  private static final class UnusualException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnusualException() {
      super("not plain", null, false, false);
    }
  }

  private static void require(boolean plain) {
    if (!plain) {
      throw new UnusualException();
    }
  }

  private static PlainShape shape(JsonNode schema) {
    require(schema.isObject() && schema.path("type").isString());
    return switch (schema.path("type").stringValue()) {
      case "object" -> members(schema);
      case "number" -> amount(schema, false);
      case "integer" -> amount(schema, true);
      case "string" -> text(schema);
      default -> throw new UnusualException();
    };
  }

  private static void requireOnly(JsonNode schema, Set<String> keywords) {
    for (String name : schema.propertyNames()) {
      require(REMARKS.contains(name) || keywords.contains(name));
    }
  }

  private static PlainShape members(JsonNode schema) {
    requireOnly(schema, OF_OBJECTS);
    JsonNode others = schema.path("additionalProperties");
    require(others.isBoolean() && !others.booleanValue());
    JsonNode properties = schema.path("properties");
    require(properties.isObject() || properties.isMissingNode());
    var required = new HashSet<String>();
    for (JsonNode name : schema.path("required")) {
      require(name.isString() && properties.has(name.stringValue()));
      required.add(name.stringValue());
    }
    var named = new HashMap<String, PlainShape.Members.Member>();
    for (String name : properties.propertyNames()) {
      PlainShape shape = shape(properties.path(name));
      named.put(name, new PlainShape.Members.Member(shape, required.contains(name)));
    }
    int min = count(schema.path("minProperties"), 0);
    int max = count(schema.path("maxProperties"), Integer.MAX_VALUE);
    return new PlainShape.Members(named, required.size(), min, max);
  }

  private static PlainShape amount(JsonNode schema, boolean whole) {
    requireOnly(schema, OF_NUMBERS);
    double min = bound(schema.path("minimum"), -Double.MAX_VALUE);
    double max = bound(schema.path("maximum"), Double.MAX_VALUE);
    return new PlainShape.Amount(whole, min, max);
  }

  /** A bound that a double holds as it is written. */
  private static double bound(JsonNode bound, double none) {
    if (bound.isMissingNode()) {
      return none;
    }
    require(bound.isNumber() && Double.isFinite(bound.doubleValue()));
    double value = bound.doubleValue();
    require(new BigDecimal(Double.toString(value)).compareTo(bound.decimalValue()) == 0);
    return value;
  }

  private static PlainShape text(JsonNode schema) {
    requireOnly(schema, OF_TEXTS);
    int min = count(schema.path("minLength"), 0);
    int max = count(schema.path("maxLength"), Integer.MAX_VALUE);
    JsonNode pattern = schema.path("pattern");
    require(pattern.isMissingNode() || pattern.isString());
    try {
      return new PlainShape.Text(
          min, max, pattern.isMissingNode() ? null : Pattern.compile(pattern.stringValue()));
    } catch (PatternSyntaxException e) {
      throw new UnusualException();
    }
  }

  private static int count(JsonNode count, int none) {
    if (count.isMissingNode()) {
      return none;
    }
    require(count.isIntegralNumber() && count.canConvertToInt() && count.intValue() >= 0);
    return count.intValue();
  }
}
