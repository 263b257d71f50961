package io.telltale.roster;

import io.telltale.json.JsonObject;
import io.telltale.kernel.DeviceId;
import io.telltale.message.MappedReader;
import io.telltale.message.Mapping;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Reads the {@code mapping} of a message type. */
final class MappingReader {
  private static final Set<Mapping.Format> SENML =
      Set.of(Mapping.Format.SENML_JSON, Mapping.Format.SENML_CBOR);

  private static final int ENTRIES_MAX = 256;

  private final JsonObject object;

  MappingReader(JsonObject object) {
    this.object = object;
  }

  Mapping read() {
    object.only(Set.of("version", "format", "time", "values", "flatten", "units"));
    var format =
        Mapping.Format.valueOf(
            constant(object.choice("format", "json", "cbor", "text", "senml-json", "senml-cbor")));
    List<Mapping.Value> values =
        object.has("values")
            ? object.each("values", 256, value -> value(value, format))
            : List.of();
    Optional<Mapping.Flatten> flatten =
        object.has("flatten") ? Optional.of(flatten(object.object("flatten"))) : Optional.empty();
    Optional<Mapping.Time> time =
        object.has("time") ? Optional.of(time(object.object("time"))) : Optional.empty();
    check(format, values, flatten.isPresent(), time.isPresent());
    return new Mapping(
        (int) object.whole("version", 1, Integer.MAX_VALUE),
        format,
        time,
        values,
        flatten,
        texts(object, "units"));
  }

  private void check(
      Mapping.Format format, List<Mapping.Value> values, boolean flatten, boolean time) {
    var names = new HashSet<String>();
    for (Mapping.Value value : values) {
      if (!names.add(value.name())) {
        object.mistake("values", "has " + value.name() + " twice");
      }
    }
    if (values.isEmpty() && !flatten && !SENML.contains(format)) {
      object.mistake("values", "names no value, and nothing is flattened");
    }
    if (SENML.contains(format) && (flatten || time)) {
      object.mistake("format", "has its own times and names: neither time nor flatten");
    }
    if (format == Mapping.Format.TEXT
        && (flatten || time || values.size() != 1 || !values.getFirst().from().isEmpty())) {
      object.mistake("values", "of a bare text is one, without from, without time or flatten");
    }
  }

  private static String constant(String text) {
    return text.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  private Mapping.Value value(JsonObject value, Mapping.Format format) {
    value.only(Set.of("name", "from", "number", "words", "unitFrom", "optional"));
    String name = value.text("name", 64);
    if (!name.isEmpty() && !DeviceId.valid(name)) {
      value.mistake("name", "must be letters, digits, '.', '_' or '-'");
    }
    String from = SENML.contains(format) ? value.text("from", 256) : pointer(value, "from");
    boolean bare = format == Mapping.Format.TEXT;
    String number =
        value.has("number")
            ? value.choice("number", "number", "text", "decimal-comma")
            : bare ? "text" : "number";
    return new Mapping.Value(
        name,
        from,
        Mapping.NumberFormat.valueOf(constant(number)),
        words(value),
        value.has("unitFrom") ? Optional.of(pointer(value, "unitFrom")) : Optional.empty(),
        value.flag("optional"));
  }

  /** Empty when it is not there: then the whole payload is meant. */
  private static String pointer(JsonObject object, String member) {
    if (!object.has(member)) {
      return "";
    }
    String from = object.text(member, 256);
    if (!MappedReader.isPointer(from)) {
      object.mistake(member, "must be a JSON pointer, such as /a/b");
      return "";
    }
    return from;
  }

  private static Map<String, Double> words(JsonObject value) {
    var words = new LinkedHashMap<String, Double>();
    for (Map.Entry<String, JsonNode> word : value.members("words", ENTRIES_MAX).entrySet()) {
      if (word.getValue().isNumber() && Double.isFinite(word.getValue().doubleValue())) {
        words.put(word.getKey(), word.getValue().doubleValue());
      } else {
        value.mistake("words", "must hold numbers only");
      }
    }
    return words;
  }

  private static Map<String, String> texts(JsonObject object, String member) {
    var texts = new HashMap<String, String>();
    for (Map.Entry<String, JsonNode> text : object.members(member, ENTRIES_MAX).entrySet()) {
      if (text.getValue().isString()) {
        texts.put(text.getKey(), text.getValue().stringValue());
      } else {
        object.mistake(member, "must hold texts only");
      }
    }
    return texts;
  }

  private static Mapping.Flatten flatten(JsonObject object) {
    object.only(Set.of("from", "prefix", "separator"));
    return new Mapping.Flatten(
        pointer(object, "from"),
        object.has("prefix") ? object.text("prefix", 32) : "",
        object.has("separator") ? object.choice("separator", "_", "-", ".") : "_");
  }

  private static Mapping.Time time(JsonObject object) {
    object.only(Set.of("from", "format", "zone"));
    String format = object.choice("format", "epoch-seconds", "epoch-millis", "iso-8601");
    ZoneId zone = ZoneOffset.UTC;
    if (object.has("zone")) {
      try {
        zone = ZoneId.of(object.text("zone", 64));
      } catch (DateTimeException e) {
        object.mistake("zone", "must be a time zone: Europe/Berlin");
      }
    }
    return new Mapping.Time(
        pointer(object, "from"), Mapping.TimeFormat.valueOf(constant(format)), zone);
  }
}
