package io.telltale.server.api;

import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.json.JsonProfile;
import io.telltale.json.JsonProfile.Bounds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The members of a JSON object in a request. Reading one that is missing or wrong notes a mistake
 * and gives a harmless value; {@link #problem} tells of all mistakes, unknown members included.
 */
final class JsonBody {
  static final int BYTES_MAX = 256 * 1024;
  static final int LARGE_BYTES_MAX = 2 << 20;

  private static final int ENTRIES_MAX = 64;
  private static final int DEPTH_MAX = 8;
  private static final JsonProfile BODY = new JsonProfile(Bounds.of(BYTES_MAX, DEPTH_MAX));
  private static final JsonProfile LARGE_BODY =
      new JsonProfile(Bounds.of(LARGE_BYTES_MAX, DEPTH_MAX));

  private final JsonNode node;
  private final List<String> mistakes = new ArrayList<>();
  private final Set<String> known = new HashSet<>();

  /** What reading a body gives. */
  sealed interface Reading {
    /** A JSON object. */
    record Body(JsonBody content) implements Reading {}

    /** Something else; the answer says what was expected. */
    record Refused(Response answer) implements Reading {}
  }

  private JsonBody(JsonNode node) {
    this.node = node;
  }

  static Reading read(Request request) {
    return read(request, BODY, BYTES_MAX);
  }

  /** As above, for a member that holds a whole document. */
  static Reading readLarge(Request request) {
    return read(request, LARGE_BODY, LARGE_BYTES_MAX);
  }

  private static Reading read(Request request, JsonProfile profile, int bytesMax) {
    String type = request.header("content-type").orElse("").split(";", 2)[0].trim();
    if (!type.equalsIgnoreCase("application/json")) {
      return new Reading.Refused(
          Answers.error(415, "unsupported-media-type", "send content-type application/json"));
    }
    if (request.body().size() > bytesMax) {
      return new Reading.Refused(
          Answers.error(413, "too-large", "send at most " + bytesMax + " bytes"));
    }
    try {
      JsonNode node = profile.parse(request.body());
      if (node.isObject()) {
        return new Reading.Body(new JsonBody(node));
      }
    } catch (JacksonException e) {
      // Jackson's message can quote the input, which may hold anything: it is not passed on.
      return new Reading.Refused(
          Answers.error(400, "bad-json", "send one JSON object without duplicate members"));
    }
    return new Reading.Refused(Answers.error(400, "bad-json", "send one JSON object"));
  }

  boolean has(String name) {
    return node.has(name);
  }

  String text(String name, int charsMax) {
    known.add(name);
    JsonNode member = node.path(name);
    if (!member.isString() || member.stringValue().isBlank()) {
      mistakes.add(name + " must be a text");
      return "";
    }
    return bounded(name, member.stringValue(), charsMax);
  }

  String optionalText(String name, int charsMax) {
    known.add(name);
    return node.path(name).isMissingNode() || node.path(name).isNull() ? "" : text(name, charsMax);
  }

  /** As it was given, which may be the empty text; nothing where it was not. */
  Optional<String> givenText(String name, int charsMax) {
    known.add(name);
    JsonNode member = node.path(name);
    if (member.isMissingNode()) {
      return Optional.empty();
    }
    if (!member.isString()) {
      mistakes.add(name + " must be a text");
      return Optional.empty();
    }
    return Optional.of(bounded(name, member.stringValue(), charsMax));
  }

  private String bounded(String name, String text, int charsMax) {
    if (text.length() > charsMax) {
      mistakes.add(name + " must have at most " + charsMax + " characters");
      return "";
    }
    return text;
  }

  /** Whether the member is there and true. */
  boolean flag(String name) {
    known.add(name);
    JsonNode member = node.path(name);
    if (!member.isMissingNode() && !member.isBoolean()) {
      mistakes.add(name + " must be true or false");
    }
    return member.asBoolean(false);
  }

  long optionalWhole(String name, long otherwise, long min, long max) {
    known.add(name);
    JsonNode member = node.path(name);
    if (member.isMissingNode()) {
      return otherwise;
    }
    if (!member.isIntegralNumber()
        || !member.canConvertToLong()
        || member.longValue() < min
        || member.longValue() > max) {
      mistakes.add("%s must be a whole number from %d to %d".formatted(name, min, max));
      return otherwise;
    }
    return member.longValue();
  }

  /** An array of 1 to {@code countMax} texts. */
  List<String> texts(String name, int countMax) {
    known.add(name);
    JsonNode member = node.path(name);
    var texts = new ArrayList<String>();
    for (JsonNode element : member) {
      texts.add(element.asString(""));
    }
    if (!member.isArray() || texts.isEmpty() || texts.size() > countMax) {
      mistakes.add("%s must be an array of 1 to %d texts".formatted(name, countMax));
      return List.of();
    }
    return texts;
  }

  Map<String, String> optionalTexts(String name) {
    var absent = new HashSet<String>();
    Map<String, String> texts = optionalTexts(name, absent);
    if (!absent.isEmpty()) {
      mistakes.add(name + " must hold texts only");
    }
    return texts;
  }

  /** The names of those that are null go into {@code absent}. */
  Map<String, String> optionalTexts(String name, Set<String> absent) {
    known.add(name);
    JsonNode member = node.path(name);
    var texts = new HashMap<String, String>();
    if (member.isMissingNode()) {
      return texts;
    }
    if (!member.isObject() || member.size() > ENTRIES_MAX) {
      mistakes.add(name + " must be an object of at most " + ENTRIES_MAX + " texts");
      return texts;
    }
    for (Map.Entry<String, JsonNode> entry : member.properties()) {
      if (entry.getValue().isString()) {
        texts.put(entry.getKey(), entry.getValue().stringValue());
      } else if (entry.getValue().isNull()) {
        absent.add(entry.getKey());
      } else {
        mistakes.add(name + " must hold texts only");
        break;
      }
    }
    return texts;
  }

  void mistake(String what) {
    mistakes.add(what);
  }

  /** To be asked when every member has been read; empty when all is well. */
  Optional<Response> problem() {
    for (String name : node.propertyNames()) {
      if (!known.contains(name)) {
        mistakes.add("has an unknown member; known are " + known.stream().sorted().toList());
        break;
      }
    }
    return mistakes.isEmpty() ? Optional.empty() : Optional.of(Answers.invalid(mistakes));
  }
}
