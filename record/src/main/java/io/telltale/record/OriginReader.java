package io.telltale.record;

import io.telltale.crypto.Cbor;
import io.telltale.crypto.CborReader;
import io.telltale.crypto.CborWriter;
import io.telltale.kernel.Bytes;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads origins to the same as {@link OriginCodec#decode}, one after the other: a device's next one
 * repeats all but sequence and times, and what it repeats is compared, not read, and interned. Not
 * thread-safe.
 */
public final class OriginReader {
  /** A power of two. */
  private static final int KEPT_MAX = 2_048;

  /** Tenant and device are among them, and tell most origins apart. */
  private static final int NAME_BYTES = 64;

  private static final int INTERNED_MAX = 4_096;

  private final @Nullable Known[] kept = new @Nullable Known[KEPT_MAX];
  // What many devices have in common, once: whoever groups by it compares references.
  private final Map<Object, Object> interned = new HashMap<>();

  /**
   * An origin that was read.
   *
   * @param head how many bytes come before sequence and times
   * @param tail how many bytes come after them
   */
  private record Known(Bytes bytes, int head, int tail, Origin origin) {
    boolean isRepeatedBy(byte[] other) {
      byte[] own = bytes.borrow();
      int ownTail = own.length - tail;
      int otherTail = other.length - tail;
      return otherTail > head
          && Arrays.equals(own, 0, head, other, 0, head)
          && Arrays.equals(own, ownTail, own.length, other, otherTail, other.length);
    }
  }

  /** Empty for anything but the one encoding of an origin. */
  public Optional<Origin> read(Bytes bytes) {
    int slot = slot(bytes.borrow());
    Known known = kept[slot];
    if (known != null && known.isRepeatedBy(bytes.borrow())) {
      int length = bytes.size() - known.tail() - known.head();
      return Cbor.decode(bytes, known.head(), length, in -> next(in, known.origin()));
    }
    Optional<Origin> origin = OriginCodec.decode(bytes).map(this::interned);
    origin.ifPresent(read -> kept[slot] = known(bytes, read));
    return origin;
  }

  private Origin interned(Origin read) {
    if (interned.size() > INTERNED_MAX) {
      interned.clear();
    }
    return read.interned(this::one);
  }

  @SuppressWarnings("unchecked") // what is put under a key equals it, so it is of its class
  private <T> T one(T value) {
    Object known = interned.putIfAbsent(value, value);
    return known == null ? value : (T) known;
  }

  private static int slot(byte[] bytes) {
    int hash = ByteBuffer.wrap(bytes, 0, Math.min(bytes.length, NAME_BYTES)).hashCode();
    return (hash ^ (hash >>> 16)) & (KEPT_MAX - 1);
  }

  // What was read has one encoding, so the sizes of its parts follow from what they say.
  private static Known known(Bytes bytes, Origin origin) {
    var numbers = new CborWriter(64);
    OriginCodec.writeNumbers(origin, numbers);
    var tail = new CborWriter(128);
    OriginCodec.writeTail(origin, tail);
    return new Known(bytes, bytes.size() - tail.size() - numbers.size(), tail.size(), origin);
  }

  /** The head says how many fields there are, and so whether there is a sequence. */
  private static Origin next(CborReader in, Origin known) {
    OriginCodec.Numbers numbers = OriginCodec.readNumbers(in, known.sequence().isPresent());
    return known.next(numbers.sequence(), numbers.sent(), numbers.received());
  }
}
