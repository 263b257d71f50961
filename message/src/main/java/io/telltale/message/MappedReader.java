package io.telltale.message;

import io.telltale.kernel.Bytes;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;

/**
 * A mapping, compiled: makes readings of payloads (ADR 0173). The same bytes at the same time of
 * receipt always give the same reading, since the pipeline reads once more what the door has read.
 * Every byte is hostile; never throws for them. Safe for many threads.
 */
public final class MappedReader {
  private final Mapping mapping;
  private final List<Place> places = new ArrayList<>();
  private final JsonPointer flattenFrom;
  private final JsonPointer timeFrom;

  private record Place(Mapping.Value value, JsonPointer from, JsonPointer unitFrom) {}

  /** Throws {@link IllegalArgumentException} for a pointer that is none: policies are checked. */
  MappedReader(Mapping mapping) {
    this.mapping = mapping;
    if (!mapping.format().isSenml()) {
      for (Mapping.Value value : mapping.values()) {
        places.add(
            new Place(
                value,
                JsonPointer.compile(value.from()),
                JsonPointer.compile(value.unitFrom().orElse(""))));
      }
    }
    flattenFrom = JsonPointer.compile(mapping.flatten().map(Mapping.Flatten::from).orElse(""));
    timeFrom = JsonPointer.compile(mapping.time().map(Mapping.Time::from).orElse(""));
  }

  /** Whether {@code from} is a JSON pointer. */
  public static boolean isPointer(String from) {
    try {
      JsonPointer.compile(from);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** {@code received} is the time of receipt in milliseconds. */
  Mapped read(Bytes payload, long received) {
    try {
      Optional<JsonNode> tree = PayloadTree.read(mapping.format(), payload);
      if (tree.isEmpty()) {
        return new Mapped.Refused("is not " + PayloadTree.name(mapping.format()));
      }
      return mapping.format().isSenml()
          ? new SenmlPack(mapping, received).read(tree.get())
          : mapped(tree.get(), received);
    } catch (JacksonException | ArithmeticException e) {
      return new Mapped.Refused("is not " + PayloadTree.name(mapping.format()));
    } catch (UnfitException e) {
      return new Mapped.Refused(e.why);
    }
  }

  /** Ends the reading of one payload. */
  static final class UnfitException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String why;

    UnfitException(String why) {
      super(why, null, false, false);
      this.why = why;
    }
  }

  private Mapped mapped(JsonNode tree, long received) {
    var reading = new ReadingBuilder(mapping);
    for (Place place : places) {
      value(place, tree, reading);
    }
    mapping.flatten().ifPresent(flatten -> flatten(flatten, tree.at(flattenFrom), reading));
    return reading.build(mapping.time().map(time -> time(time, tree, received)).orElse(received));
  }

  private static void value(Place place, JsonNode tree, ReadingBuilder reading) {
    Mapping.Value value = place.value();
    JsonNode node = tree.at(place.from());
    if (node.isMissingNode() || node.isNull()) {
      if (value.optional()) {
        return;
      }
      throw new UnfitException("lacks " + named(value.from()));
    }
    OptionalDouble number = Numbers.of(node, value);
    if (number.isEmpty()) {
      throw new UnfitException(unfit(value, node));
    }
    String unit = "";
    if (value.unitFrom().isPresent()) {
      JsonNode said = tree.at(place.unitFrom());
      if (!said.isString()) {
        throw new UnfitException("lacks " + named(value.unitFrom().get()));
      }
      unit = said.stringValue();
    }
    reading.add(value.name(), number.getAsDouble(), unit);
  }

  private static String unfit(Mapping.Value value, JsonNode node) {
    boolean word = !value.words().isEmpty() && (node.isString() || node.isBoolean());
    String what = word ? value.noneOfIts() : "has no number as the mapping writes them";
    return value.from().isEmpty() && word ? what : what + " at " + named(value.from());
  }

  private static String named(String pointer) {
    return pointer.isEmpty() ? "the payload" : pointer;
  }

  private static void flatten(Mapping.Flatten how, JsonNode below, ReadingBuilder reading) {
    if (!below.isContainer()) {
      throw new UnfitException("lacks " + named(how.from()));
    }
    flatten(how, how.prefix(), below, reading);
  }

  // As deep as the payload's reader lets a tree be.
  private static void flatten(
      Mapping.Flatten how, String name, JsonNode node, ReadingBuilder reading) {
    if (node.isNumber()) {
      reading.addDerived(name, node.doubleValue(), "");
    }
    String before = name.equals(how.prefix()) ? name : name + how.separator();
    if (node.isObject()) {
      for (Map.Entry<String, JsonNode> member : node.properties()) {
        flatten(how, before + member.getKey(), member.getValue(), reading);
      }
    } else {
      int index = 0;
      for (JsonNode element : node) {
        flatten(how, before + index++, element, reading);
      }
    }
  }

  private long time(Mapping.Time time, JsonNode tree, long received) {
    JsonNode node = tree.at(timeFrom);
    long millis =
        switch (time.format()) {
          case EPOCH_SECONDS -> node.isNumber() ? Numbers.millis(node.doubleValue()) : -1;
          case EPOCH_MILLIS -> ReadingMembers.number(node);
          case ISO_8601 -> node.isString() ? iso(node.stringValue(), time.zone(), received) : -1;
        };
    if (millis < 0 || millis > StorableTime.MILLIS_MAX) {
      throw new UnfitException("has no time as the mapping writes them at " + named(time.from()));
    }
    return millis;
  }

  private static long iso(String text, ZoneId zone, long received) {
    if (text.length() > 64) {
      return -1;
    }
    try {
      return OffsetDateTime.parse(text).toInstant().toEpochMilli();
    } catch (DateTimeException | ArithmeticException e) {
      return isoWithoutOffset(text, zone, received);
    }
  }

  // None where clocks go forward; where they go back there are two, and most messages are fresh.
  private static long isoWithoutOffset(String text, ZoneId zone, long received) {
    try {
      LocalDateTime local = LocalDateTime.parse(text);
      long nearest = -1;
      for (ZoneOffset offset : zone.getRules().getValidOffsets(local)) {
        long millis = local.toInstant(offset).toEpochMilli();
        if (nearest < 0 || Math.abs(millis - received) < Math.abs(nearest - received)) {
          nearest = millis;
        }
      }
      return nearest;
    } catch (DateTimeException | ArithmeticException e) {
      return -1;
    }
  }
}
