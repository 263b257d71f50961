package io.telltale.pipeline.intake;

import io.telltale.kernel.Bytes;
import io.telltale.lake.Asset;
import io.telltale.lake.RawRow;
import io.telltale.leases.RecordOpener.Opened;
import io.telltale.message.Measures;
import io.telltale.pipeline.Place;
import io.telltale.pipeline.minutes.MinuteKey;
import io.telltale.pipeline.minutes.Minutes;
import io.telltale.pipeline.minutes.RecentKeys;
import io.telltale.pipeline.windows.DeviceWindows;
import io.telltale.record.Leaf;
import io.telltale.record.Origin;
import io.telltale.record.ReadingHash;
import io.telltale.record.SequenceWindow;
import io.telltale.record.SequenceWindow.Standing;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.DeviceBook;
import io.telltale.roster.Identity;
import io.telltale.roster.PolicyBook;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The way of one authentic record: re-check, deduplicate, validate, normalise, enrich, aggregate.
 * Pure but for the windows and aggregates it advances. Not thread-safe.
 */
public final class RecordSteps {
  private static final int ASSETS_MAX = 100_000;
  private static final long OF_NOW_MILLIS = 60_000;

  private final Trust trust;
  private final CompiledTypes types;
  private final DeviceWindows windows;
  private final Minutes minutes;
  private final ReadingHash readingHash;
  private final DeviceBook devices;
  private final Leaf leaf = new Leaf();
  private final RecentKeys recentMinutes = new RecentKeys();
  private final Map<Integer, Enriched> assets = new HashMap<>();
  // The time of the last reading in which each device said its firmware, of this worker.
  private final Map<Integer, Long> claimed = new HashMap<>();

  /** A device's columns as of a feed position. */
  private record Enriched(long feedPosition, Asset asset) {}

  /** What became of a record. */
  sealed interface Outcome {
    record Stored(boolean suspect) implements Outcome {}

    record Duplicate() implements Outcome {}

    record Refused(String why) implements Outcome {}
  }

  public RecordSteps(
      Trust trust,
      PolicyBook policies,
      Minutes minutes,
      DeviceWindows windows,
      DeviceBook devices) {
    this.devices = devices;
    this.trust = trust;
    this.types = new CompiledTypes(policies);
    this.minutes = minutes;
    this.windows = windows;
    this.readingHash = windows.readingHash();
  }

  public DeviceWindows windows() {
    return windows;
  }

  /** How a record comes to be taken. */
  enum Coming {
    NEW,
    /** It waited for its scope: others of its device may have been stored since. */
    WAITED,
    /** A dead letter: the policy in force judges. */
    AGAIN,
    /** The same, of a fork, which was told when it was refused. */
    AGAIN_FORKED;

    /** As a dead letter, for which {@code before} was the reason. */
    static Coming again(String before) {
      return before.equals(DeadLetterReason.FORK) ? AGAIN_FORKED : AGAIN;
    }

    boolean isAgain() {
      return this == AGAIN || this == AGAIN_FORKED;
    }
  }

  /** A record, where it lies, and how it comes. */
  record Arrival(Place place, Opened.Authentic record, Coming how) {}

  /** Adds the record's rows and leaf to {@code into} when it is stored, nothing otherwise. */
  Outcome take(Arrival arrival, Gathered into) {
    return switch (trust.of(arrival.place(), arrival.record())) {
      case Trust.Verdict.Refused refused -> new Outcome.Refused(refused.why());
      case Trust.Verdict.Suspect suspect -> fresh(arrival, suspect.device(), true, into);
      case Trust.Verdict.Trusted trusted -> fresh(arrival, trusted.device(), false, into);
    };
  }

  private Outcome fresh(Arrival arrival, Identity device, boolean suspect, Gathered into) {
    Opened.Authentic record = arrival.record();
    Origin origin = record.origin();
    Row row = new Row(arrival, device, suspect);
    if (origin.sequence().isEmpty()) {
      return judged(row, true, into);
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
        if (arrival.how() != Coming.AGAIN_FORKED) {
          into.fork(new Gathered.Fork(arrival.place(), device.id(), origin, sequence));
        }
        yield new Outcome.Refused(DeadLetterReason.FORK);
      }
      case FORGOTTEN -> new Outcome.Refused(DeadLetterReason.REPLAYED);
      case TOO_FAR -> new Outcome.Refused(DeadLetterReason.SEQUENCE_JUMP);
      case FIRST, AHEAD, JUMP, LATE -> {
        Outcome outcome = judged(row, standing != Standing.LATE, into);
        if (outcome instanceof Outcome.Stored) {
          windows.use(key, sequence, hashes, arrival.place().offset());
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

  /** {@code ahead} is one in the order of its device's numbers. */
  private Outcome judged(Row row, boolean ahead, Gathered into) {
    Origin origin = row.origin();
    boolean again = row.arrival().how().isAgain();
    String deviceType = row.device().asset().type();
    if (!types.allows(deviceType, origin, again) && !allowedBefore(row)) {
      return new Outcome.Refused(DeadLetterReason.TYPE_NOT_ALLOWED);
    }
    Optional<CompiledType> type = types.of(origin, again);
    if (type.isEmpty()) {
      return new Outcome.Refused(DeadLetterReason.SCHEMA_UNKNOWN);
    }
    return switch (Judgement.of(type.get(), row.record().payload(), origin)) {
      case Judgement.Refused(String why) -> new Outcome.Refused(why);
      case Judgement.Good good -> {
        if (!canAggregate(row, good)) {
          yield new Outcome.Refused(DeadLetterReason.MINUTE_UNREADABLE);
        }
        add(row, good, type.get().steps(), into);
        // What is taken again was said long ago, and what is suspect is nobody's word.
        if (!row.suspect() && !again) {
          into.seen(
              row.device().number(),
              isNewest(row, ahead, good) ? claim(row, good) : Optional.empty());
        }
        yield new Outcome.Stored(row.suspect());
      }
    };
  }

  // A number that was too high once, of a clock that ran ahead, makes all that come then late: of
  // those one of now counts that is newer than what its device said before.
  private boolean isNewest(Row row, boolean ahead, Judgement.Good good) {
    return row.arrival().how() == Coming.NEW && (ahead || isOfNow(row, good));
  }

  private boolean isOfNow(Row row, Judgement.Good good) {
    long before = claimed.getOrDefault(row.device().number(), Long.MIN_VALUE);
    long now = row.origin().received().toEpochMilli();
    return good.millis() > before && good.millis() >= now - OF_NOW_MILLIS;
  }

  private Optional<DeviceBook.Claim> claim(Row row, Judgement.Good good) {
    if (good.firmware().isEmpty()) {
      return Optional.empty();
    }
    if (claimed.size() >= ASSETS_MAX) {
      claimed.clear();
    }
    long now = row.origin().received().toEpochMilli();
    claimed.put(row.device().number(), Math.min(good.millis(), now));
    return good.firmware().map(said -> new DeviceBook.Claim(row.origin().enrolment(), said));
  }

  // Its type was another when the door took this.
  private boolean allowedBefore(Row row) {
    return devices.formerTypes(row.device().number()).stream()
        .anyMatch(type -> types.allows(type, row.origin(), row.arrival().how().isAgain()));
  }

  /** What all rows of one record share. */
  private record Row(Arrival arrival, Identity device, boolean suspect) {
    Opened.Authentic record() {
      return arrival.record();
    }

    Origin origin() {
      return arrival.record().origin();
    }
  }

  // What is suspect is kept, but no figure rests on it.
  private static boolean aggregates(Row row, Measures.Measure reading) {
    return reading.value().isPresent() && !row.suspect();
  }

  // Before anything of it is added: a figure begun anew would replace a true one.
  private boolean canAggregate(Row row, Judgement.Good good) {
    for (Measures.Measure reading : good.measures()) {
      if (aggregates(row, reading) && !minutes.canAdd(minuteOf(row, good, reading))) {
        return false;
      }
    }
    return true;
  }

  private MinuteKey minuteOf(Row row, Judgement.Good good, Measures.Measure reading) {
    var measured =
        new RecentKeys.Measured(
            row.device().number(),
            row.origin().scope(),
            reading.metric(),
            reading.unit(),
            MinuteKey.minuteOf(good.millis()));
    return recentMinutes.of(measured, row.device().asset());
  }

  private void add(Row row, Judgement.Good good, String steps, Gathered into) {
    Opened.Authentic record = row.record();
    Origin origin = row.origin();
    int partition = row.arrival().place().partition();
    long offset = row.arrival().place().offset();
    Instant time = Instant.ofEpochMilli(good.millis());
    Asset enriched = enriched(row.device());
    for (Measures.Measure reading : good.measures()) {
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
              good.sourceTime(),
              enriched,
              steps,
              row.suspect()));
      if (aggregates(row, reading)) {
        MinuteKey key = minuteOf(row, good, reading);
        double value = reading.value().getAsDouble();
        minutes.add(key, value, row.device().number(), partition, offset);
      }
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
