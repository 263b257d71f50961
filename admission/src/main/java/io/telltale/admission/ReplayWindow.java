package io.telltale.admission;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The last {@value #SIZE} sequence numbers of one device: for each one used, a keyed hash of its
 * payload and its offset in the log. A number above all others moves the window up; what falls out
 * below counts as used. Thread-safe, since a device may reconnect to another event loop.
 */
final class ReplayWindow {
  static final int SIZE = 128;
  private static final long IN_FLIGHT = -1;

  private final ArrayDeque<InFlight> inFlight = new ArrayDeque<>();
  // Slot = sequence mod SIZE. Allocated at first use: most connected devices are idle.
  private long @Nullable [] hashes;
  private long @Nullable [] offsets;
  private final long[] used = new long[SIZE / Long.SIZE];
  private long top = -1;

  /** What the window knows of a sequence number. */
  sealed interface Seen {
    record Fresh() implements Seen {}

    record Pending(InFlight original) implements Seen {}

    record Stored(long offset) implements Seen {}

    record Behind() implements Seen {}

    record OtherPayload() implements Seen {}
  }

  private static final Seen FRESH = new Seen.Fresh();
  private static final Seen BEHIND = new Seen.Behind();
  private static final Seen OTHER_PAYLOAD = new Seen.OtherPayload();

  synchronized Seen look(long sequence, long hash) {
    if (sequence > top) {
      return FRESH;
    }
    if (sequence <= top - SIZE) {
      return BEHIND;
    }
    int slot = slot(sequence);
    if (!isUsed(slot) || hashes == null || offsets == null) {
      return FRESH;
    }
    if (hashes[slot] != hash) {
      return OTHER_PAYLOAD;
    }
    if (offsets[slot] != IN_FLIGHT) {
      return new Seen.Stored(offsets[slot]);
    }
    for (InFlight one : inFlight) {
      if (one.sequence() == sequence) {
        return new Seen.Pending(one);
      }
    }
    return BEHIND;
  }

  /** Marks the number as used by a record on its way to the log, if it is fresh. */
  synchronized Seen claim(long sequence, long hash, InFlight record) {
    Seen seen = look(sequence, hash);
    if (seen instanceof Seen.Fresh) {
      put(sequence, hash, IN_FLIGHT);
      inFlight.add(record);
    }
    return seen;
  }

  /** The claimed record is durable. */
  synchronized void commit(InFlight record, long offset) {
    inFlight.remove(record);
    if (record.sequence() > top - SIZE && offsets != null) {
      offsets[slot(record.sequence())] = offset;
    }
  }

  /** The claimed record is not known to be durable: its number may be used again. */
  synchronized void rollback(InFlight record) {
    inFlight.remove(record);
    if (record.sequence() > top - SIZE) {
      int slot = slot(record.sequence());
      used[slot / Long.SIZE] &= ~(1L << slot);
    }
  }

  /** A number found in the log or in the pipeline's window at start; any order. */
  synchronized void load(long sequence, long hash, long offset) {
    if (sequence > top - SIZE) {
      put(sequence, hash, offset);
    }
  }

  private void put(long sequence, long hash, long offset) {
    if (hashes == null || offsets == null) {
      hashes = new long[SIZE];
      offsets = new long[SIZE];
    }
    // Numbers that were skipped are free, and what they overwrite has left the window.
    if (sequence > top) {
      long first = Math.max(top + 1, sequence - SIZE + 1);
      for (long free = first; free <= sequence; free++) {
        int slot = slot(free);
        used[slot / Long.SIZE] &= ~(1L << slot);
      }
      top = sequence;
    }
    int slot = slot(sequence);
    used[slot / Long.SIZE] |= 1L << slot;
    hashes[slot] = hash;
    offsets[slot] = offset;
  }

  private boolean isUsed(int slot) {
    return (used[slot / Long.SIZE] & (1L << slot)) != 0;
  }

  private static int slot(long sequence) {
    return (int) (sequence & (SIZE - 1));
  }
}
