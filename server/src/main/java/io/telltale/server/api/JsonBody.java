package io.telltale.server.api;

import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.json.JsonObject;
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
  private static final int MISTAKES_MAX = 32;
  private static final JsonProfile BODY = new JsonProfile(Bounds.of(BYTES_MAX, DEPTH_MAX));
  private static final JsonProfile LARGE_BODY =
      new JsonProfile(Bounds.of(LARGE_BYTES_MAX, DEPTH_MAX));

  private final JsonObject object;
  private final List<String> mistakes = new ArrayList<>();
  private final Set<String> known = new HashSet<>();

  /** What reading a body gives. */
  sealed interface Parsed {
    /** A JSON object. */
    record Body(JsonBody content) implements Parsed {}

    /** Something else; the answer says what was expected. */
    record Refused(Response answer) implements Parsed {}
  }

  private JsonBody(JsonNode node) {
    // A member of the body itself is told by its name.
    this.object =
        new JsonObject("", node, (place, what) -> mistake(place.substring(1) + " " + what));
  }

  static Parsed read(Request request) {
    return read(request, BODY, BYTES_MAX);
  }

  /** As above, for a member that holds a whole document. */
  static Parsed readLarge(Request request) {
    return read(request, LARGE_BODY, LARGE_BYTES_MAX);
  }

  private static Parsed read(Request request, JsonProfile profile, int bytesMax) {
    String type = request.header("content-type").orElse("").split(";", 2)[0].trim();
    if (!type.equalsIgnoreCase("application/json")) {
      return new Parsed.Refused(
          Answers.error(415, "unsupported-media-type", "send content-type application/json"));
    }
    if (request.body().size() > bytesMax) {
      return new Parsed.Refused(
          Answers.error(413, "too-large", "send at most " + bytesMax + " bytes"));
    }
    try {
      JsonNode node = profile.parse(request.body());
      if (node.isObject()) {
        return new Parsed.Body(new JsonBody(node));
      }
    } catch (JacksonException e) {
      // Jackson's message can quote the input, which may hold anything: it is not passed on.
      return new Parsed.Refused(
          Answers.error(400, "bad-json", "send one JSON object without duplicate members"));
    }
    return new Parsed.Refused(Answers.error(400, "bad-json", "send one JSON object"));
  }

  // Every member that is asked for is a known one.
  private JsonObject knowing(String name) {
    known.add(name);
    return object;
  }

  boolean has(String name) {
    return object.has(name);
  }

  String text(String name, int charsMax) {
    String text = knowing(name).text(name, charsMax);
    if (!text.isEmpty() && text.isBlank()) {
      mistake(name + " must not be blank");
    }
    // Nobody types one, not each store takes it, and a terminal does not show it.
    if (text.indexOf('\0') >= 0) {
      mistake(name + " must not have the character U+0000");
    }
    return text;
  }

  String optionalText(String name, int charsMax) {
    return knowing(name).node().path(name).isNull() || !has(name) ? "" : text(name, charsMax);
  }

  /** As it was given, which may be the empty text; nothing where it was not. */
  Optional<String> givenText(String name, int charsMax) {
    return knowing(name).givenText(name, charsMax);
  }

  /** Whether the member is there and true. */
  boolean flag(String name) {
    return knowing(name).flag(name);
  }

  long optionalWhole(String name, long otherwise, long min, long max) {
    return knowing(name).optionalWhole(name, otherwise, min, max);
  }

  /** An array of 1 to {@code countMax} texts. */
  List<String> texts(String name, int countMax) {
    List<String> texts = knowing(name).texts(name, countMax);
    if (texts.isEmpty()) {
      mistake("%s must be an array of 1 to %d texts".formatted(name, countMax));
    }
    return texts;
  }

  Map<String, String> optionalTexts(String name) {
    var absent = new HashSet<String>();
    Map<String, String> texts = optionalTexts(name, absent);
    if (!absent.isEmpty()) {
      mistake(name + " must hold texts only");
    }
    return texts;
  }

  /** The names of those that are null go into {@code absent}. */
  Map<String, String> optionalTexts(String name, Set<String> absent) {
    var texts = new HashMap<String, String>();
    knowing(name)
        .members(name, ENTRIES_MAX)
        .forEach(
            (member, value) -> {
              if (value.isString()) {
                texts.put(member, value.stringValue());
              } else if (value.isNull()) {
                absent.add(member);
              } else {
                mistake(name + " must hold texts only");
              }
            });
    return texts;
  }

  void mistake(String what) {
    if (mistakes.size() < MISTAKES_MAX) {
      mistakes.add(what);
    }
  }

  /** To be asked when every member has been read; empty when all is well. */
  Optional<Response> problem() {
    object.only(known);
    return mistakes.isEmpty() ? Optional.empty() : Optional.of(Answers.invalid(mistakes));
  }
}
