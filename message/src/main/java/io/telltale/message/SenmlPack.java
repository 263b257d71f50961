package io.telltale.message;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One SenML pack (RFC 8428), its base fields resolved into its records. A pack is one reading, so
 * all of its records have one time.
 */
final class SenmlPack {
  private static final int RECORDS_MAX = 256;
  private static final int VERSION = 10;

  /** RFC 8428 section 4.5.3: what is smaller is relative to now. */
  private static final double ABSOLUTE_FROM = 1 << 28;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][-:./_A-Za-z0-9]{0,255}");
  private static final Set<String> VALUES = Set.of("v", "vs", "vb", "vd", "s");

  /** Of those what can be a number: the others are passed over. */
  private static final List<String> READ = List.of("v", "vb", "vs");

  /** RFC 8428 table 4. */
  private static final Map<String, String> LABELS =
      Map.ofEntries(
          Map.entry("bver", "-1"),
          Map.entry("bn", "-2"),
          Map.entry("bt", "-3"),
          Map.entry("bu", "-4"),
          Map.entry("bv", "-5"),
          Map.entry("bs", "-6"),
          Map.entry("n", "0"),
          Map.entry("u", "1"),
          Map.entry("v", "2"),
          Map.entry("vs", "3"),
          Map.entry("vb", "4"),
          Map.entry("s", "5"),
          Map.entry("t", "6"),
          Map.entry("ut", "7"),
          Map.entry("vd", "8"));

  private final Mapping mapping;
  private final long received;
  private final ReadingBuilder reading;
  private String baseName = "";
  private String baseUnit = "";
  private double baseTime;
  private double baseValue;
  private boolean hasBaseValue;
  private final Set<String> found = new HashSet<>();
  private @Nullable Long time;

  SenmlPack(Mapping mapping, long received) {
    this.mapping = mapping;
    this.received = received;
    this.reading = new ReadingBuilder(mapping);
  }

  Mapped read(JsonNode pack) {
    if (!pack.isArray() || pack.isEmpty() || pack.size() > RECORDS_MAX) {
      throw new MappedReader.UnfitException("is no array of 1 to " + RECORDS_MAX + " records");
    }
    for (JsonNode element : pack) {
      if (!element.isObject()) {
        throw new MappedReader.UnfitException("has a record that is no object");
      }
      base(element);
      resolve(element);
    }
    for (Mapping.Value value : mapping.values()) {
      if (!value.optional() && !found.contains(value.from())) {
        throw new MappedReader.UnfitException("lacks " + value.from());
      }
    }
    return reading.build(time == null ? received : time);
  }

  private JsonNode member(JsonNode element, String name) {
    return element.path(mapping.format().isCbor() ? LABELS.getOrDefault(name, name) : name);
  }

  private void base(JsonNode element) {
    for (String name : element.propertyNames()) {
      if (name.endsWith("_")) {
        throw new MappedReader.UnfitException("has a field that has to be understood and is not");
      }
    }
    JsonNode version = member(element, "bver");
    if (!version.isMissingNode()
        && !(version.isIntegralNumber()
            && version.canConvertToInt()
            && version.intValue() >= 1
            && version.intValue() <= VERSION)) {
      throw new MappedReader.UnfitException("is of a version above " + VERSION);
    }
    baseName = text(element, "bn").orElse(baseName);
    baseUnit = text(element, "bu").orElse(baseUnit);
    baseTime = number(element, "bt", baseTime);
    hasBaseValue |= !member(element, "bv").isMissingNode();
    baseValue = number(element, "bv", baseValue);
  }

  private void resolve(JsonNode element) {
    boolean bare = VALUES.stream().allMatch(name -> member(element, name).isMissingNode());
    String local = text(element, "n").orElse("");
    if (bare && !(hasBaseValue && !local.isEmpty())) {
      return;
    }
    String name = baseName + local;
    if (!NAME.matcher(name).matches()) {
      throw new MappedReader.UnfitException("has a record without a good name");
    }
    takeTime(baseTime + number(element, "t", 0));
    Optional<Mapping.Value> wanted = wanted(name, local);
    Optional<Double> value = value(element, wanted, bare);
    String unit = text(element, "u").orElse(baseUnit);
    if (value.isEmpty()) {
      wanted.ifPresent(one -> passOver(one, element));
    } else if (mapping.values().isEmpty()) {
      reading.addDerived(local.isEmpty() ? lastPart(name) : local, value.get(), unit(unit));
    } else if (wanted.isPresent()) {
      found.add(wanted.get().from());
      reading.add(wanted.get().name(), value.get(), unit(unit));
    }
  }

  private Optional<Double> value(JsonNode element, Optional<Mapping.Value> wanted, boolean bare) {
    JsonNode number = member(element, "v");
    if (number.isNumber() || bare) {
      return Optional.of(baseValue + (bare ? 0 : number.doubleValue()));
    }
    JsonNode flag = member(element, "vb");
    if (flag.isBoolean()) {
      return Optional.of(flag.booleanValue() ? 1.0 : 0.0);
    }
    JsonNode text = member(element, "vs");
    return text.isString()
        ? wanted.map(one -> one.words().get(text.stringValue()))
        : Optional.empty();
  }

  /** As of a JSON member: null is none, and what is there is a number or the payload is refused. */
  private void passOver(Mapping.Value wanted, JsonNode element) {
    for (String name : READ) {
      JsonNode written = member(element, name);
      if (!written.isMissingNode() && !written.isNull()) {
        boolean word = name.equals("vs") && written.isString() && !wanted.words().isEmpty();
        throw new MappedReader.UnfitException(
            (word ? wanted.noneOfIts() : "has no number as the mapping writes them")
                + " at "
                + wanted.from());
      }
    }
  }

  private Optional<Mapping.Value> wanted(String name, String local) {
    return mapping.values().stream()
        .filter(value -> value.from().equals(name) || value.from().equals(local))
        .findFirst();
  }

  private void takeTime(double seconds) {
    double absolute = seconds >= ABSOLUTE_FROM ? seconds : received / 1_000.0 + seconds;
    long millis = seconds == 0 ? received : Numbers.millis(absolute);
    if (millis < 0) {
      throw new MappedReader.UnfitException("has a time out of range");
    }
    if (time != null && time != millis) {
      throw new MappedReader.UnfitException("has records of several times: send a pack for each");
    }
    time = millis;
  }

  private static String unit(String unit) {
    return unit.equals("Cel") ? "degC" : unit;
  }

  private static String lastPart(String name) {
    return name.substring(Math.max(name.lastIndexOf(':'), name.lastIndexOf('/')) + 1);
  }

  private Optional<String> text(JsonNode element, String name) {
    JsonNode member = member(element, name);
    if (member.isMissingNode()) {
      return Optional.empty();
    }
    if (!member.isString()) {
      throw new MappedReader.UnfitException("has a field " + name + " that is no text");
    }
    return Optional.of(member.stringValue());
  }

  private double number(JsonNode element, String name, double otherwise) {
    JsonNode member = member(element, name);
    if (!member.isMissingNode() && !member.isNumber()) {
      throw new MappedReader.UnfitException("has a field " + name + " that is no number");
    }
    return member.isMissingNode() ? otherwise : member.doubleValue();
  }
}
