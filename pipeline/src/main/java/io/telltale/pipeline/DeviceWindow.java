package io.telltale.pipeline;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * The last {@value #SIZE} sequence numbers of one device, each with a keyed hash of its payload and
 * its offset: the last word on what is a duplicate. Not thread-safe.
 */
final class DeviceWindow {
  static final int SIZE = 128;
  private static final byte VERSION = 1;
  private static final long NONE = -1;

  // Slot = sequence mod SIZE; NONE marks a number that was not used.
  private final long[] sequences = new long[SIZE];
  private final long[] hashes = new long[SIZE];
  private final long[] offsets = new long[SIZE];
  private long top = NONE;

  /** What is known of a sequence number. */
  enum Seen {
    FRESH,
    DUPLICATE,
    OTHER_PAYLOAD,
    BEHIND
  }

  DeviceWindow() {
    java.util.Arrays.fill(sequences, NONE);
  }

  Seen look(long sequence, long hash) {
    if (sequence <= top - SIZE) {
      return Seen.BEHIND;
    }
    int slot = (int) (sequence & (SIZE - 1));
    if (sequences[slot] != sequence) {
      return Seen.FRESH;
    }
    return hashes[slot] == hash ? Seen.DUPLICATE : Seen.OTHER_PAYLOAD;
  }

  void use(long sequence, long hash, long offset) {
    int slot = (int) (sequence & (SIZE - 1));
    sequences[slot] = sequence;
    hashes[slot] = hash;
    offsets[slot] = offset;
    top = Math.max(top, sequence);
  }

  void each(int device, ReplaySink sink) {
    for (int slot = 0; slot < SIZE; slot++) {
      if (sequences[slot] > top - SIZE && sequences[slot] != NONE) {
        sink.used(device, sequences[slot], hashes[slot], offsets[slot]);
      }
    }
  }

  Bytes encode() {
    ByteBuffer out = ByteBuffer.allocate(1 + SIZE * 3 * Long.BYTES).put(VERSION);
    each(
        0, (device, sequence, hash, offset) -> out.putLong(sequence).putLong(hash).putLong(offset));
    return Bytes.copyOf(java.util.Arrays.copyOf(out.array(), out.position()));
  }

  static DeviceWindow decode(Bytes bytes) {
    ByteBuffer in = bytes.asBuffer();
    var window = new DeviceWindow();
    try {
      if (in.get() != VERSION) {
        throw new CorruptException("a stored replay window of unknown version");
      }
      while (in.hasRemaining()) {
        window.use(in.getLong(), in.getLong(), in.getLong());
      }
    } catch (BufferUnderflowException e) {
      throw new CorruptException("a stored replay window is cut short", e);
    }
    return window;
  }
}
