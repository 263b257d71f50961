package io.telltale.pipeline;

import io.telltale.kernel.Bytes;
import io.telltale.lake.Asset;
import io.telltale.lake.RawRow;
import io.telltale.leases.RecordOpener.Opened;
import io.telltale.message.Measures;
import io.telltale.pipeline.minutes.MinuteKey;
import io.telltale.pipeline.minutes.Minutes;
import io.telltale.pipeline.windows.DeviceWindows;
import io.telltale.record.Leaf;
import io.telltale.record.Origin;
import io.telltale.record.ReadingHash;
import io.telltale.record.SequenceWindow;
import io.telltale.record.SequenceWindow.Standing;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.DeviceBook;
import io.telltale.roster.Identity;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The way of one authentic record: re-check, deduplicate, validate, normalise, enrich, aggregate.
 * Pure but for the windows and aggregates it advances. Not thread-safe.
 */
public final class RecordSteps {
  private static final int ASSETS_MAX = 100_000;

  private final Trust trust;
  private final MessageShapes shapes;
  private final DeviceWindows windows;
  private final Minutes minutes;
  private final ReadingHash readingHash;
  private final DeviceBook devices;
  private boolean again;
  private boolean late;
  private boolean forkTold;
  private final Leaf leaf = new Leaf();
  private final Map<Integer, Enriched> assets = new HashMap<>();

  /** A device's columns as of a feed position. */
  private record Enriched(long feedPosition, Asset asset) {}

  /** Where a record lies. */
  public record Place(int partition, long offset) {}

  /** What became of a record. */
  public sealed interface Outcome {
    record Stored(boolean suspect) implements Outcome {}

    record Duplicate() implements Outcome {}

    record Refused(String why) implements Outcome {}
  }

  RecordSteps(
      Trust trust,
      MessageShapes shapes,
      Minutes minutes,
      DeviceWindows windows,
      DeviceBook devices) {
    this.devices = devices;
    this.trust = trust;
    this.shapes = shapes;
    this.minutes = minutes;
    this.windows = windows;
    this.readingHash = windows.readingHash();
  }

  DeviceWindows windows() {
    return windows;
  }

  /**
   * As {@link #take}, for a record that was refused because of {@code before}: the policy in force
   * judges.
   */
  public Outcome takeAgain(Place place, Opened.Authentic record, String before, Gathered into) {
    again = true;
    forkTold = before.equals(DeadLetterReason.FORK);
    try {
      return take(place, record, into);
    } finally {
      again = false;
      forkTold = false;
    }
  }

  /**
   * Takes what {@code taking} takes as records that waited: others of their device may have been
   * stored since, and what these say of it takes back nothing that those said.
   */
  boolean late(BooleanSupplier taking) {
    late = true;
    try {
      return taking.getAsBoolean();
    } finally {
      late = false;
    }
  }

  /** Adds the record's rows and leaf to {@code into} when it is stored, nothing otherwise. */
  Outcome take(Place place, Opened.Authentic record, Gathered into) {
    return switch (trust.of(place, record)) {
      case Trust.Verdict.Refused refused -> new Outcome.Refused(refused.why());
      case Trust.Verdict.Suspect suspect -> fresh(place, record, suspect.device(), true, into);
      case Trust.Verdict.Trusted trusted -> fresh(place, record, trusted.device(), false, into);
    };
  }

  private Outcome fresh(
      Place place, Opened.Authentic record, Identity device, boolean suspect, Gathered into) {
    Origin origin = record.origin();
    if (origin.sequence().isEmpty()) {
      return shaped(place, record, device, suspect, !late, into);
    }
    long sequence = origin.sequence().getAsLong();
    if (sequence < 0 || sequence > SequenceWindow.SEQUENCE_MAX) {
      return new Outcome.Refused(DeadLetterReason.METADATA);
    }
    var key = new DeviceWindows.Key(device.number(), device.enrolment());
    DeviceWindows.Hashes hashes = hashes(record);
    Standing standing = windows.look(key, sequence, hashes);
    return switch (standing) {
      case SAME -> new Outcome.Duplicate();
      case OTHER -> {
        if (!forkTold) {
          into.fork(new Gathered.Fork(place, device.id(), origin, sequence));
        }
        yield new Outcome.Refused(DeadLetterReason.FORK);
      }
      case FORGOTTEN -> new Outcome.Refused(DeadLetterReason.REPLAYED);
      case TOO_FAR -> new Outcome.Refused(DeadLetterReason.SEQUENCE_JUMP);
      case FIRST, AHEAD, JUMP, LATE -> {
        boolean newest = !late && standing != Standing.LATE;
        Outcome outcome = shaped(place, record, device, suspect, newest, into);
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
        readingHash.of(label, record.payload()), () -> readingHash.ofWhole(record.payload()));
  }

  private Outcome shaped(
      Place place,
      Opened.Authentic record,
      Identity device,
      boolean suspect,
      boolean newest,
      Gathered into) {
    Origin origin = record.origin();
    if (!shapes.allows(device.asset().type(), origin, again) && !allowedBefore(device, origin)) {
      return new Outcome.Refused(DeadLetterReason.TYPE_NOT_ALLOWED);
    }
    Optional<MessageShapes.MessageShape> shape = shapes.of(origin, again);
    if (shape.isEmpty()) {
      return new Outcome.Refused(DeadLetterReason.SCHEMA_UNKNOWN);
    }
    return switch (Judgement.of(shape.get(), record.payload(), origin)) {
      case Judgement.Refused(String why) -> new Outcome.Refused(why);
      case Judgement.Good good -> {
        Optional<String> firmware = newest ? good.firmware() : Optional.empty();
        var row = new Row(place, record, device, suspect, shape.get(), firmware, good.millis());
        if (!good.measures().stream().allMatch(reading -> canAggregate(row, reading))) {
          yield new Outcome.Refused(DeadLetterReason.MINUTE_UNREADABLE);
        }
        add(row, good.sourceTime(), good.measures(), into);
        yield new Outcome.Stored(suspect);
      }
    };
  }

  // Its type was another when the door took this.
  private boolean allowedBefore(Identity device, Origin origin) {
    return devices.formerTypes(device.number()).stream()
        .anyMatch(type -> shapes.allows(type, origin, again));
  }

  /** What all rows of one record share. */
  private record Row(
      Place place,
      Opened.Authentic record,
      Identity device,
      boolean suspect,
      MessageShapes.MessageShape shape,
      Optional<String> firmware,
      long millis) {}

  // What is suspect is kept, but no figure rests on it.
  private static boolean aggregates(Row row, Measures.Measure reading) {
    return reading.value().isPresent() && !row.suspect();
  }

  // Before anything of it is added: a figure begun anew would replace a true one.
  private boolean canAggregate(Row row, Measures.Measure reading) {
    return !aggregates(row, reading) || minutes.canAdd(minuteOf(row, reading));
  }

  private static MinuteKey minuteOf(Row row, Measures.Measure reading) {
    AssetRecord asset = row.device().asset();
    return new MinuteKey(
        row.record().origin().scope(),
        asset.site(),
        asset.type(),
        reading.metric(),
        reading.unit(),
        MinuteKey.minuteOf(row.millis()));
  }

  private void add(
      Row row, Optional<Instant> sourceTime, List<Measures.Measure> readings, Gathered into) {
    Opened.Authentic record = row.record();
    Origin origin = record.origin();
    int partition = row.place().partition();
    long offset = row.place().offset();
    Instant time = Instant.ofEpochMilli(row.millis());
    Asset enriched = enriched(row.device());
    for (Measures.Measure reading : readings) {
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
      if (aggregates(row, reading)) {
        MinuteKey key = minuteOf(row, reading);
        double value = reading.value().getAsDouble();
        minutes.add(key, value, row.device().number(), partition, offset);
      }
    }
    // What is taken again was said long ago.
    if (!row.suspect() && !again) {
      into.seen(
          row.device().number(),
          row.firmware().map(said -> new DeviceBook.Claim(origin.enrolment(), said)));
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
