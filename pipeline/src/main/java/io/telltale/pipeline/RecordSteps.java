package io.telltale.pipeline;

import io.telltale.kernel.Bytes;
import io.telltale.keys.RecordOpener.Opened;
import io.telltale.lake.Asset;
import io.telltale.lake.RawRow;
import io.telltale.message.StorableTime;
import io.telltale.record.Leaf;
import io.telltale.record.Origin;
import io.telltale.record.ReadingHash;
import io.telltale.record.SequenceWindow;
import io.telltale.registry.AssetRecord;
import io.telltale.registry.Beside;
import io.telltale.registry.Field;
import io.telltale.registry.Identity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The way of one authentic record: re-check, deduplicate, validate, normalise, enrich, aggregate.
 * Pure but for the windows and aggregates it advances. Not thread-safe.
 */
final class RecordSteps {
  // Wider than admission's windows: those judge, these only keep nonsense out of the tables.
  private static final long OLD_MILLIS = Duration.ofDays(8).toMillis();
  private static final long EARLY_MILLIS = Duration.ofHours(1).toMillis();
  private static final int UNIT_CHARS_MAX = 64;
  private static final int ASSETS_MAX = 100_000;

  private final Trust trust;
  private final MessageShapes shapes;
  private final DeviceWindows windows;
  private final Minutes minutes;
  private final ReadingHash readingHash;
  private final DeviceBook devices;
  private final Leaf leaf = new Leaf();
  private final Map<Integer, Enriched> assets = new HashMap<>();

  /** A device's columns as of a feed position. */
  private record Enriched(long feedPosition, Asset asset) {}

  /** Where a record lies. */
  record Place(int partition, long offset) {}

  /** What became of a record. */
  sealed interface Outcome {
    record Stored(boolean suspect) implements Outcome {}

    record Duplicate() implements Outcome {}

    record Refused(String why) implements Outcome {}
  }

  RecordSteps(
      Trust trust, MessageShapes shapes, Minutes minutes, StateStore store, DeviceBook devices) {
    this.devices = devices;
    this.trust = trust;
    this.shapes = shapes;
    this.minutes = minutes;
    this.windows = new DeviceWindows(store);
    this.readingHash = store.readingHash();
  }

  DeviceWindows windows() {
    return windows;
  }

  /** Adds the record's rows and leaf to {@code into} when it is stored, nothing otherwise. */
  Outcome take(Place place, Opened.Authentic record, Gathered into) {
    return switch (trust.of(record)) {
      case Trust.Verdict.Refused refused -> new Outcome.Refused(refused.why());
      case Trust.Verdict.Suspect suspect -> fresh(place, record, suspect.device(), true, into);
      case Trust.Verdict.Trusted trusted -> fresh(place, record, trusted.device(), false, into);
    };
  }

  private Outcome fresh(
      Place place, Opened.Authentic record, Identity device, boolean suspect, Gathered into) {
    Origin origin = record.origin();
    if (origin.sequence().isEmpty()) {
      return shaped(place, record, device, suspect, into);
    }
    long sequence = origin.sequence().getAsLong();
    if (sequence < 0 || sequence > SequenceWindow.SEQUENCE_MAX) {
      return new Outcome.Refused(Why.METADATA);
    }
    var key = new DeviceWindows.Key(device.number(), device.enrolment());
    DeviceWindows.Hashes hashes = hashes(record);
    return switch (windows.look(key, sequence, hashes)) {
      case SAME -> new Outcome.Duplicate();
      case OTHER -> {
        into.fork(new Gathered.Fork(place, device.id(), origin, sequence));
        yield new Outcome.Refused(Why.SEQUENCE_REUSED);
      }
      case FORGOTTEN -> new Outcome.Refused(Why.SEQUENCE_BEHIND);
      case TOO_FAR -> new Outcome.Refused(Why.SEQUENCE_JUMP);
      case FIRST, AHEAD, JUMP, LATE -> {
        Outcome outcome = shaped(place, record, device, suspect, into);
        if (outcome instanceof Outcome.Stored) {
          windows.use(key, sequence, hashes, place.offset());
        }
        yield outcome;
      }
    };
  }

  private DeviceWindows.Hashes hashes(Opened.Authentic record) {
    long label = readingHash.label(record.origin().messageType());
    return new DeviceWindows.Hashes(
        readingHash.of(label, record.payload()), readingHash.ofWhole(record.payload()));
  }

  private Outcome shaped(
      Place place, Opened.Authentic record, Identity device, boolean suspect, Gathered into) {
    Origin origin = record.origin();
    if (!shapes.allows(device.asset().type(), origin) && !allowedBefore(device, origin)) {
      return new Outcome.Refused(Why.MESSAGE_NOT_ALLOWED);
    }
    Optional<MessageShapes.MessageShape> shape = shapes.of(origin);
    if (shape.isEmpty()) {
      return new Outcome.Refused(Why.SCHEMA_UNKNOWN);
    }
    Optional<JsonNode> document =
        shape.get().read(record.payload(), origin.received().toEpochMilli());
    if (document.isEmpty()) {
      return new Outcome.Refused(Why.NOT_JSON);
    }
    if (!fits(shape.get(), document.get(), origin)) {
      return new Outcome.Refused(Why.SCHEMA_VIOLATED);
    }
    JsonNode values = document.get().get("values");
    JsonNode time = document.get().get("time");
    if (values == null || !values.isObject() || values.isEmpty() || !isMillis(time)) {
      return new Outcome.Refused(Why.METADATA);
    }
    JsonNode sequence = document.get().get("seq");
    // Of a device that is not told apart by numbers its door made nothing of this one.
    if (sequence != null
        && origin.sequence().isPresent()
        && !(isMillis(sequence) && sequence.longValue() == origin.sequence().getAsLong())) {
      return new Outcome.Refused(Why.METADATA);
    }
    if (!isStorable(document.get().get("sourceTime"))) {
      return new Outcome.Refused(Why.TIME_UNSTORABLE);
    }
    long millis = time.longValue();
    long received = origin.received().toEpochMilli();
    if (!StorableTime.holds(millis)
        || !StorableTime.holds(received)
        || !StorableTime.holds(origin.sent().toEpochMilli())) {
      return new Outcome.Refused(Why.TIME_UNSTORABLE);
    }
    if (millis < received - OLD_MILLIS || millis > received + EARLY_MILLIS) {
      return new Outcome.Refused(Why.TIME_IMPLAUSIBLE);
    }
    return stored(
        new Row(place, record, device, suspect, shape.get(), millis), document.get(), into);
  }

  // Its type was another when the door took this.
  private boolean allowedBefore(Identity device, Origin origin) {
    return devices.formerTypes(device.number()).stream()
        .anyMatch(type -> shapes.allows(type, origin));
  }

  // What the door has let pass, with what came beside the payload.
  private static boolean fits(MessageShapes.MessageShape shape, JsonNode document, Origin origin) {
    long sent = origin.sent().toEpochMilli();
    return shape.fits(document)
        || (Beside.complete(document, origin.sequence(), sent) && shape.fits(document));
  }

  private static boolean isMillis(@Nullable JsonNode node) {
    return node != null
        && node.isIntegralNumber()
        && node.canConvertToLong()
        && node.longValue() >= 0;
  }

  // Of other kinds a tenant's schema may have its own use.
  private static boolean isStorable(@Nullable JsonNode sourceTime) {
    return sourceTime == null
        || !sourceTime.isNumber()
        || (sourceTime.isIntegralNumber()
            && sourceTime.canConvertToLong()
            && StorableTime.holds(sourceTime.longValue()));
  }

  /** What all rows of one record share. */
  private record Row(
      Place place,
      Opened.Authentic record,
      Identity device,
      boolean suspect,
      MessageShapes.MessageShape shape,
      long millis) {}

  /** One value, normalised. */
  private record Reading(String metric, OptionalDouble value, String unit, String unitSent) {}

  private Outcome stored(Row row, JsonNode document, Gathered into) {
    JsonNode units = document.get("units");
    var readings = new ArrayList<Reading>();
    for (Map.Entry<String, JsonNode> value : document.get("values").properties()) {
      JsonNode unit = units == null ? null : units.get(value.getKey());
      Optional<String> sent =
          unit == null || !unit.isString() ? Optional.empty() : Optional.of(unit.stringValue());
      Optional<String> refusal = normalise(row.shape(), value, sent, readings);
      if (refusal.isPresent()) {
        return new Outcome.Refused(refusal.get());
      }
    }
    add(row, sourceTime(document), readings, into);
    return new Outcome.Stored(row.suspect());
  }

  private static Optional<Instant> sourceTime(JsonNode document) {
    JsonNode sourceTime = document.get("sourceTime");
    return sourceTime != null && sourceTime.isNumber()
        ? Optional.of(Instant.ofEpochMilli(sourceTime.longValue()))
        : Optional.empty();
  }

  /** Adds the reading, or says why there is none. */
  private static Optional<String> normalise(
      MessageShapes.MessageShape shape,
      Map.Entry<String, JsonNode> value,
      Optional<String> sent,
      List<Reading> readings) {
    String metric = value.getKey();
    Field field = shape.fields().get(metric);
    String unitSent = sent.orElseGet(() -> field == null ? "" : field.unit());
    if (unitSent.length() > UNIT_CHARS_MAX) {
      return Optional.of(Why.UNIT_UNKNOWN);
    }
    if (!value.getValue().isNumber()) {
      readings.add(new Reading(metric, OptionalDouble.empty(), "", unitSent));
      return Optional.empty();
    }
    double number = value.getValue().doubleValue();
    if (field == null) {
      readings.add(new Reading(metric, OptionalDouble.of(number), unitSent, unitSent));
      return Optional.empty();
    }
    Optional<Units.Conversion> conversion = Units.between(unitSent, field.canonicalUnit());
    if (conversion.isEmpty()) {
      return Optional.of(Why.UNIT_UNKNOWN);
    }
    double normal = conversion.get().of(number);
    if (!(normal >= field.min() && normal <= field.max())) {
      return Optional.of(Why.OUT_OF_RANGE);
    }
    readings.add(new Reading(metric, OptionalDouble.of(normal), field.canonicalUnit(), unitSent));
    return Optional.empty();
  }

  private void add(Row row, Optional<Instant> sourceTime, List<Reading> readings, Gathered into) {
    Opened.Authentic record = row.record();
    Origin origin = record.origin();
    int partition = row.place().partition();
    long offset = row.place().offset();
    Instant time = Instant.ofEpochMilli(row.millis());
    AssetRecord asset = row.device().asset();
    Asset enriched = enriched(row.device());
    long minute = MinuteKey.minuteOf(row.millis());
    for (Reading reading : readings) {
      into.row(
          new RawRow(
              partition,
              offset,
              origin,
              record.originBytes(),
              record.payload(),
              record.originSalt(),
              record.payloadSalt(),
              reading.metric(),
              reading.value(),
              reading.unit(),
              reading.unitSent(),
              time,
              sourceTime,
              enriched,
              row.shape().steps(),
              row.suspect()));
      // What is suspect is kept, but no figure rests on it.
      if (reading.value().isPresent() && !row.suspect()) {
        var key =
            new MinuteKey(
                origin.scope(),
                asset.site(),
                asset.type(),
                reading.metric(),
                reading.unit(),
                minute);
        double value = reading.value().getAsDouble();
        minutes.add(key, value, row.device().number(), partition, offset);
      }
    }
    if (!row.suspect()) {
      into.seen(row.device().number(), origin.firmwareClaimed());
    }
    Bytes payload = record.payload();
    into.stored(
        partition,
        offset,
        leaf.of(record.originSalt(), record.originBytes(), record.payloadSalt(), payload),
        row.suspect());
  }

  private Asset enriched(Identity device) {
    Enriched known = assets.get(device.number());
    if (known != null && known.feedPosition() == device.feedPosition()) {
      return known.asset();
    }
    if (assets.size() >= ASSETS_MAX) {
      assets.clear();
    }
    var fresh = new Enriched(device.feedPosition(), typed(device));
    assets.put(device.number(), fresh);
    return fresh.asset();
  }

  private Asset typed(Identity device) {
    AssetRecord asset = device.asset();
    return new Asset(
        asset.environment(),
        asset.region(),
        asset.productLine(),
        asset.site(),
        asset.type(),
        asset.ownerTeam(),
        devices.provisioned(device),
        asset.labels());
  }
}
