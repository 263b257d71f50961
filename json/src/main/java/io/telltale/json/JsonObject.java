package io.telltale.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/**
 * A JSON object being read, and where it is in its document (a JSON pointer). A member that is
 * missing or wrong is told to {@code mistakes} and read as some harmless value, so that reading can
 * go on.
 */
public record JsonObject(String path, JsonNode node, BiConsumer<String, String> mistakes) {
  public JsonObject {
    if (!node.isObject()) {
      mistakes.accept(path, "must be an object");
      // What it lacks besides tells nothing more.
      mistakes = (place, what) -> {};
    }
  }

  /** Tells of one in the member {@code name}. */
  public void mistake(String name, String what) {
    mistakes.accept(step(path, name), what);
  }

  public void only(Set<String> names) {
    List<String> known = names.stream().sorted().toList();
    for (String name : node.propertyNames()) {
      if (!names.contains(name)) {
        mistake(name, "is unknown here; known are " + known);
      }
    }
  }

  public boolean has(String name) {
    return node.has(name);
  }

  public String text() {
    return node.toString();
  }

  public JsonObject object(String name) {
    return new JsonObject(step(path, name), node.path(name), mistakes);
  }

  public String text(String name, int charsMax) {
    JsonNode member = node.path(name);
    if (!member.isString()) {
      mistake(name, "must be a text");
      return "";
    }
    if (member.stringValue().isEmpty()) {
      mistake(name, "must not be empty");
      return "";
    }
    return bounded(name, member.stringValue(), charsMax);
  }

  /** As it was given, which may be the empty text; nothing where it was not. */
  public Optional<String> givenText(String name, int charsMax) {
    JsonNode member = node.path(name);
    if (member.isMissingNode()) {
      return Optional.empty();
    }
    if (!member.isString()) {
      mistake(name, "must be a text");
      return Optional.empty();
    }
    return Optional.of(bounded(name, member.stringValue(), charsMax));
  }

  private String bounded(String name, String text, int charsMax) {
    if (text.length() > charsMax) {
      mistake(name, "must have at most " + charsMax + " characters");
      return "";
    }
    return text;
  }

  public String choice(String name, String... choices) {
    JsonNode member = node.path(name);
    if (member.isString()) {
      for (String choice : choices) {
        if (choice.equals(member.stringValue())) {
          return choice;
        }
      }
    }
    mistake(name, "must be one of " + List.of(choices));
    return choices[0];
  }

  public boolean flag(String name) {
    JsonNode member = node.path(name);
    if (!member.isMissingNode() && !member.isBoolean()) {
      mistake(name, "must be true or false");
    }
    return member.isBoolean() && member.booleanValue();
  }

  public long whole(String name, long min, long max) {
    JsonNode member = node.path(name);
    if (!member.isIntegralNumber()
        || !member.canConvertToLong()
        || member.longValue() < min
        || member.longValue() > max) {
      mistake(name, "must be a whole number from %d to %d".formatted(min, max));
      return min;
    }
    return member.longValue();
  }

  public long optionalWhole(String name, long otherwise, long min, long max) {
    return has(name) ? whole(name, min, max) : otherwise;
  }

  public double number(String name, double min, double max) {
    JsonNode member = node.path(name);
    double value = member.isNumber() ? member.doubleValue() : Double.NaN;
    if (!(value >= min && value <= max)) {
      mistake(name, "must be a number from %s to %s".formatted(min, max));
      return min;
    }
    return value;
  }

  public List<String> texts(String name, int countMax) {
    var texts = new ArrayList<String>();
    for (JsonNode element : array(name, countMax)) {
      if (element.isString() && !element.stringValue().isEmpty()) {
        texts.add(element.stringValue());
      } else {
        mistake(name, "must hold texts only");
      }
    }
    return texts;
  }

  /** The members of the object that is there; none where there is no such member. */
  public Map<String, JsonNode> members(String name, int countMax) {
    JsonNode member = node.path(name);
    var members = new LinkedHashMap<String, JsonNode>();
    if (!member.isMissingNode() && (!member.isObject() || member.size() > countMax)) {
      mistake(name, "must be an object of at most " + countMax + " members");
      return members;
    }
    member.properties().forEach(each -> members.put(each.getKey(), each.getValue()));
    return members;
  }

  public <T> List<T> each(String name, int countMax, Function<JsonObject, T> reader) {
    var result = new ArrayList<T>();
    int index = 0;
    for (JsonNode element : array(name, countMax)) {
      String place = step(path, name) + "/" + index++;
      result.add(reader.apply(new JsonObject(place, element, mistakes)));
    }
    return result;
  }

  private List<JsonNode> array(String name, int countMax) {
    JsonNode member = node.path(name);
    if (!member.isArray()) {
      mistake(name, "must be an array");
      return List.of();
    }
    if (member.size() > countMax) {
      mistake(name, "has more than " + countMax + " elements");
      return List.of();
    }
    return List.copyOf(member.values());
  }

  /** One step further down a JSON pointer (RFC 6901). */
  public static String step(String pointer, String member) {
    return pointer + "/" + member.replace("~", "~0").replace("/", "~1");
  }
}
