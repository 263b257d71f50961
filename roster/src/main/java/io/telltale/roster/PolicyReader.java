package io.telltale.roster;

import io.telltale.json.JsonObject;
import io.telltale.json.JsonProfile;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Sensitivity;
import io.telltale.message.Field;
import io.telltale.message.Flaw;
import io.telltale.message.Measures;
import io.telltale.message.MessageSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;

/** Turns a policy document into records, going on after a mistake so as to report them all. */
public final class PolicyReader {
  static final int DOCUMENT_BYTES_MAX = 1 << 20;
  // A token is as good as a key until it is spent: thirty days are for a fleet that is in the post.
  private static final int RENEW_AFTER_EXPIRY_DAYS_MAX = 3_650;
  private static final int TOKEN_SECONDS_CEILING = 30 * 86_400;
  private static final int MISTAKES_MAX = 100;
  private static final long VERSION_MAX = Integer.MAX_VALUE;
  private static final int SCHEMA_CHARS_MAX = 64 * 1024;
  private static final Set<String> MESSAGE_TYPE =
      Set.of(
          "name", "version", "sensitivity", "schema", "fields", "topic", "mapping", "ageDaysMax");
  private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9._-]{1,64}|\\+");
  private static final Set<String> PLACEHOLDERS = Set.of("{tenant}", "{device}", "{type}");
  private static final Pattern ATTRIBUTE =
      Pattern.compile(
          "asset\\.(environment|region|productLine|ownerTeam|site)"
              + "|asset\\.labels\\.[A-Za-z0-9._-]{1,64}|device\\.type|firmware");

  private final long nextVersion;
  private final boolean isNew;
  private final List<Flaw> flaws = new ArrayList<>();

  private PolicyReader(long nextVersion, boolean isNew) {
    this.nextVersion = nextVersion;
    this.isNew = isNew;
  }

  /** For a document that is to take effect, as {@code nextVersion} unless it says another. */
  public static PolicyReader ofNew(long nextVersion) {
    return new PolicyReader(nextVersion, true);
  }

  /** For what is in force already, even if a schema in it would not be taken today. */
  public static PolicyReader ofStored(long version) {
    return new PolicyReader(version, false);
  }

  public ParsedPolicy read(Bytes document) {
    if (document.size() > DOCUMENT_BYTES_MAX) {
      return invalid(1, 1, "larger than " + DOCUMENT_BYTES_MAX + " bytes");
    }
    JsonNode root;
    try {
      root = Json.strict(document);
    } catch (JacksonException e) {
      TokenStreamLocation at = e.getLocation();
      return invalid(
          at == null ? 1 : Math.max(1, at.getLineNr()),
          at == null ? 1 : Math.max(1, at.getColumnNr()),
          "not JSON: " + JsonProfile.reason(e));
    }
    Policy policy = policy(new JsonObject("", root, this::mistake));
    return flaws.isEmpty()
        ? new ParsedPolicy.Valid(policy)
        : new ParsedPolicy.Invalid(Places.locate(document, flaws));
  }

  private static ParsedPolicy invalid(int line, int column, String what) {
    return new ParsedPolicy.Invalid(List.of(new Mistake("", line, column, what)));
  }

  private Policy policy(JsonObject object) {
    object.only(Set.of("version", "deviceTypes", "messageTypes", "rules", "enrollment"));
    // What is stored has the number of its row, whatever it says: larger ones were taken once.
    long version = isNew ? newVersion(object) : nextVersion;
    List<MessageType> messageTypes = object.each("messageTypes", 256, this::messageType);
    List<DeviceType> deviceTypes = object.each("deviceTypes", 1024, this::deviceType);
    List<Rule> rules = object.each("rules", 1024, this::rule);
    unique("/messageTypes", messageTypes.stream().map(MessageType::name).toList());
    unique("/deviceTypes", deviceTypes.stream().map(DeviceType::name).toList());
    checkReferences(deviceTypes, messageTypes);
    checkMappings(deviceTypes, messageTypes);
    return new Policy(version, deviceTypes, messageTypes, rules, tokenSecondsMax(object));
  }

  private static long tokenSecondsMax(JsonObject object) {
    if (!object.has("enrollment")) {
      return Policy.TOKEN_SECONDS_MAX;
    }
    JsonObject enrollment = object.object("enrollment");
    enrollment.only(Set.of("tokenSecondsMax"));
    return enrollment.has("tokenSecondsMax")
        ? enrollment.whole("tokenSecondsMax", 60, TOKEN_SECONDS_CEILING)
        : Policy.TOKEN_SECONDS_MAX;
  }

  private long newVersion(JsonObject object) {
    long max = Math.max(VERSION_MAX, nextVersion);
    long said = object.has("version") ? object.whole("version", 1, max) : nextVersion;
    // An edited copy of what is in force says that one's version.
    return said == nextVersion - 1 ? nextVersion : said;
  }

  private void checkReferences(List<DeviceType> deviceTypes, List<MessageType> messageTypes) {
    var known = new HashSet<String>();
    messageTypes.forEach(type -> known.add(type.name()));
    int index = 0;
    for (DeviceType type : deviceTypes) {
      String place = "/deviceTypes/" + index++ + "/messageTypes";
      for (String message : type.messageTypes()) {
        if (!known.contains(message)) {
          mistake(place, "names the unknown message type " + message);
        }
      }
    }
  }

  // A topic says which message type it is, and payloads that are not ours have no numbers of ours.
  private void checkMappings(List<DeviceType> deviceTypes, List<MessageType> messageTypes) {
    var byName = new HashMap<String, MessageType>();
    messageTypes.forEach(type -> byName.put(type.name(), type));
    int index = 0;
    for (DeviceType type : deviceTypes) {
      String place = "/deviceTypes/" + index++;
      var topics = new HashSet<String>();
      for (String name : type.messageTypes().stream().sorted().toList()) {
        MessageType message = byName.get(name);
        if (message != null && !topics.add(message.topicTemplate())) {
          mistake(place + "/messageTypes", "has two types with the topic of " + name);
        }
        if (message != null
            && message.mapping().isPresent()
            && type.replay() != DeviceType.Replay.SESSION_ONLY) {
          mistake(place + "/replay", "must be session-only for the mapped type " + name);
        }
      }
    }
  }

  private DeviceType deviceType(JsonObject object) {
    object.only(
        Set.of(
            "name",
            "messageTypes",
            "limits",
            "replay",
            "attestationRequired",
            "renewAfterExpiryDays"));
    return new DeviceType(
        name(object),
        new LinkedHashSet<>(object.texts("messageTypes", 256)),
        limits(object.object("limits")),
        object.choice("replay", "sequence", "session-only").equals("session-only")
            ? DeviceType.Replay.SESSION_ONLY
            : DeviceType.Replay.SEQUENCE,
        object.flag("attestationRequired"),
        object.has("renewAfterExpiryDays")
            ? (int) object.whole("renewAfterExpiryDays", 0, RENEW_AFTER_EXPIRY_DAYS_MAX)
            : 0);
  }

  private Limits limits(JsonObject object) {
    object.only(Set.of("messagesPerSecond", "burst", "bytesPerSecond"));
    return new Limits(
        object.number("messagesPerSecond", 0.001, 1e6),
        (int) object.whole("burst", 1, 1_000_000),
        object.whole("bytesPerSecond", 1, 1L << 32));
  }

  private MessageType messageType(JsonObject object) {
    object.only(MESSAGE_TYPE);
    String sensitivity =
        object.choice("sensitivity", "public", "internal", "confidential", "restricted");
    JsonObject schema = object.object("schema");
    checkSchema(schema);
    List<Field> fields = object.each("fields", 256, this::field);
    unique(object.path() + "/fields", fields.stream().map(Field::name).toList());
    return new MessageType(
        name(object),
        (int) object.whole("version", 1, Integer.MAX_VALUE),
        Sensitivity.valueOf(sensitivity.toUpperCase(Locale.ROOT)),
        schema.text(),
        fields,
        object.has("topic") ? topicOf(object) : "",
        object.has("mapping")
            ? Optional.of(new MappingReader(object.object("mapping")).read())
            : Optional.empty(),
        object.has("ageDaysMax")
            ? (int) object.whole("ageDaysMax", 1, MessageType.AGE_DAYS_CEILING)
            : MessageType.AGE_DAYS);
  }

  private String topicOf(JsonObject object) {
    String topic = object.text("topic", 512);
    boolean own = false;
    for (String segment : topic.split("/", -1)) {
      own |= segment.equals("{device}");
      boolean known = segment.equals("{device}") || segment.equals("{tenant}");
      if (!known && (segment.equals("+") || !SEGMENT.matcher(segment).matches())) {
        mistake(object.path() + "/topic", "has a segment that is no name, {tenant} or {device}");
        return "";
      }
    }
    if (!own) {
      mistake(object.path() + "/topic", "must have a segment {device}: a device speaks for itself");
    }
    return topic;
  }

  private void checkSchema(JsonObject schema) {
    if (schema.text().length() > SCHEMA_CHARS_MAX) {
      mistake(schema.path(), "longer than " + SCHEMA_CHARS_MAX + " characters");
    } else if (isNew && schema.node().isObject()) {
      MessageSchema.flaws(schema.node())
          .forEach(flaw -> mistake(schema.path() + flaw.pointer(), flaw.what()));
    }
  }

  private Field field(JsonObject object) {
    object.only(Set.of("name", "unit", "canonicalUnit", "min", "max"));
    double min = object.number("min", -1e300, 1e300);
    double max = object.number("max", -1e300, 1e300);
    if (min > max) {
      mistake(object.path(), "min is above max");
    }
    String unit = object.text("unit", 32);
    String canonical = object.text("canonicalUnit", 32);
    if (isNew && !Measures.converts(unit, canonical)) {
      mistake(
          object.path() + "/canonicalUnit",
          "does not follow from the unit %s: what is converted is %s;"
                  .formatted(unit, Measures.convertible())
              + " for any other give the same as unit and canonicalUnit");
    }
    return new Field(name(object), unit, canonical, min, max);
  }

  private Rule rule(JsonObject object) {
    object.only(Set.of("effect", "action", "topic", "when"));
    String topic = object.text("topic", 512);
    for (String segment : topic.split("/", -1)) {
      if (!SEGMENT.matcher(segment).matches() && !PLACEHOLDERS.contains(segment)) {
        mistake(object.path() + "/topic", "has a segment that is no name, '+' or placeholder");
        break;
      }
    }
    return new Rule(
        object.choice("effect", "allow", "deny").equals("deny")
            ? Rule.Effect.DENY
            : Rule.Effect.ALLOW,
        object.choice("action", "publish", "subscribe").equals("subscribe")
            ? Rule.Action.SUBSCRIBE
            : Rule.Action.PUBLISH,
        topic,
        condition(object));
  }

  private Optional<Condition> condition(JsonObject rule) {
    if (!rule.has("when")) {
      return Optional.empty();
    }
    return rule.node().path("when").isString()
        ? expression(rule)
        : Optional.of(oneOf(rule.object("when")));
  }

  private Optional<Condition> expression(JsonObject rule) {
    return switch (CelExpression.compile(rule.node().path("when").stringValue())) {
      case CelExpression.Compiled.Good(CelExpression good) ->
          Optional.of(new Condition.Expression(good));
      case CelExpression.Compiled.Bad(String why) -> {
        mistake(rule.path() + "/when", why);
        yield Optional.empty();
      }
    };
  }

  private Condition oneOf(JsonObject object) {
    object.only(Set.of("attribute", "equals"));
    String attribute = object.text("attribute", 128);
    if (!ATTRIBUTE.matcher(attribute).matches()) {
      mistake(object.path() + "/attribute", "is not an attribute that rules can ask for");
    }
    return new Condition.OneOf(attribute, new LinkedHashSet<>(object.texts("equals", 256)));
  }

  private String name(JsonObject object) {
    String name = object.text("name", 64);
    if (!name.isEmpty() && !DeviceId.valid(name)) {
      mistake(object.path() + "/name", "must be letters, digits, '.', '_' or '-'");
    }
    return name;
  }

  private void unique(String path, List<String> names) {
    var seen = new HashSet<String>();
    for (String name : names) {
      if (!name.isEmpty() && !seen.add(name)) {
        mistake(path, "has " + name + " twice");
      }
    }
  }

  private void mistake(String path, String what) {
    if (flaws.size() < MISTAKES_MAX) {
      flaws.add(new Flaw(path, what));
    }
  }
}
