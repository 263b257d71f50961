package io.telltale.message;

import io.telltale.json.PlainJson;
import io.telltale.kernel.Bytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A reading that surely is one: read and checked in one pass over its bytes, without a tree. Door
 * and pipeline read this way what the full reader would read to the same and the schema's validator
 * accept; whatever is unusual, let alone wrong, is theirs to judge (ADR 0287).
 */
public final class PlainReading {
  private static final long NOTHING = -1;

  private final byte[] payload;
  private long sequence = NOTHING;
  private long sent = NOTHING;
  private long time = NOTHING;
  private long sourceTime = NOTHING;
  private boolean hasSourceTime;
  private String firmware = "";
  private int valuesAt;
  private int unitsAt;

  private PlainReading(byte[] payload) {
    this.payload = payload;
  }

  /** Null for a payload that needs the full reader. */
  static @Nullable PlainReading of(Bytes payload, PlainShape.Members shape) {
    // As the full reader has it: what begins with a blank is none of ours.
    if (payload.size() < 2 || payload.size() > StrictJson.BYTES_MAX || payload.at(0) != '{') {
      return null;
    }
    var reading = new PlainReading(payload.borrow());
    var in = new PlainJson(reading.payload, StrictJson.DEPTH_MAX);
    in.next();
    return reading.accepts(in, shape) && in.isAtEnd() ? reading : null;
  }

  private boolean accepts(PlainJson in, PlainShape.Members shape) {
    long seen = 0;
    int place = -1;
    while (in.nextMember()) {
      place = shape.find(in, place + 1);
      if (place < 0 || (seen & 1L << place) != 0) {
        return false;
      }
      seen |= 1L << place;
      int at = in.position();
      in.next();
      if (!shape.shape(place).accepts(in) || !note(shape.name(place), in, at)) {
        return false;
      }
    }
    return !in.isOdd() && shape.complete(seen, Long.bitCount(seen));
  }

  /** Keeps what is asked of a reading; false when it is not what that must be. */
  private boolean note(String name, PlainJson in, int at) {
    switch (name) {
      case ReadingMembers.SEQUENCE -> {
        sequence = ReadingMembers.number(in);
        return sequence >= 0;
      }
      case ReadingMembers.SENT -> {
        sent = ReadingMembers.number(in);
        return sent >= 0;
      }
      case ReadingMembers.TIME -> {
        time = ReadingMembers.number(in);
        return time >= 0;
      }
      case ReadingMembers.FIRMWARE -> {
        firmware = ReadingMembers.firmware(in);
        return !firmware.isEmpty();
      }
      case ReadingMembers.SOURCE_TIME -> {
        sourceTime = in.whole();
        hasSourceTime = true;
        return ReadingMembers.isSurelyStorableTime(in);
      }
      case "values" -> valuesAt = at;
      case "units" -> unitsAt = at;
      default -> {
        return true;
      }
    }
    return true;
  }

  /** Negative where none is said. */
  public long sequence() {
    return sequence;
  }

  /** Milliseconds since 1970; negative where none is said. */
  public long sent() {
    return sent;
  }

  /** Milliseconds since 1970; negative where none is said. */
  public long time() {
    return time;
  }

  public boolean hasSourceTime() {
    return hasSourceTime;
  }

  /** Milliseconds since 1970. */
  public long sourceTime() {
    return sourceTime;
  }

  /** Empty when the device says none. */
  public String firmware() {
    return firmware;
  }

  /** What it measures; null when that is for the full reader to say. */
  public @Nullable List<Measures.Measure> measures(Measures measures) {
    return valuesAt == 0
        ? null
        : measures.ofPlain(part(valuesAt), unitsAt == 0 ? null : part(unitsAt));
  }

  private PlainJson part(int at) {
    var part = new PlainJson(payload, at, StrictJson.DEPTH_MAX);
    part.next();
    return part;
  }
}
