package io.telltale.record;

import io.telltale.crypto.CborWriter;
import io.telltale.kernel.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Writes origins as {@link OriginCodec#encode} does, one after the other: what a device's next one
 * repeats is not encoded again. Not thread-safe.
 */
public final class OriginWriter {
  /** A power of two. */
  private static final int KEPT_MAX = 4_096;

  private final @Nullable Written[] kept = new @Nullable Written[KEPT_MAX];
  private final CborWriter out = new CborWriter(512);

  /** An origin, and what of it comes before and after that in which the next one differs. */
  private record Written(Origin origin, Bytes head, Bytes tail) {
    // What of a record's own lies in head and tail: how many fields there are, and two numbers.
    boolean isRepeatedBy(Origin next) {
      return origin.isLike(next)
          && origin.sequence().isPresent() == next.sequence().isPresent()
          && origin.feedPosition() == next.feedPosition()
          && origin.enrolment() == next.enrolment();
    }
  }

  /** Lends the encoding, to be read before the next one is written. */
  public CborWriter write(Origin origin) {
    int slot = origin.deviceNumber() & (KEPT_MAX - 1);
    Written known = kept[slot];
    if (known == null || !known.isRepeatedBy(origin)) {
      known = written(origin);
      kept[slot] = known;
    }
    out.clear().raw(known.head(), 0, known.head().size());
    OriginCodec.writeNumbers(origin, out);
    out.raw(known.tail(), 0, known.tail().size());
    OriginCodec.writeMark(origin, out);
    return out;
  }

  private static Written written(Origin origin) {
    var head = new CborWriter(384);
    OriginCodec.writeHead(origin, head);
    var tail = new CborWriter(128);
    OriginCodec.writeStanding(origin, tail);
    return new Written(origin, head.toBytes(), tail.toBytes());
  }
}
