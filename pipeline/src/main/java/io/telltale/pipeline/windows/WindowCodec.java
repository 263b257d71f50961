package io.telltale.pipeline.windows;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.record.SequenceWindow;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.TreeMap;

/** A window as bytes: {@code docs/format/pipeline-state.md}. */
public final class WindowCodec {
  private static final byte VERSION = 2;
  private static final int ENTRY_SIZE = 3 * Long.BYTES;
  private static final int SIZE_OF_1 = 128;
  private static final int SIZE_MAX =
      1
          + 2 * Short.BYTES
          + SequenceWindow.RANGES_MAX * 2 * Long.BYTES
          + SequenceWindow.HASHES_MAX * ENTRY_SIZE;

  private WindowCodec() {}

  public static Bytes encode(SequenceWindow window) {
    ByteBuffer out = ByteBuffer.allocate(SIZE_MAX).put(VERSION);
    int ranges = out.position();
    out.putShort((short) 0);
    window.eachRange((from, to) -> out.putLong(from).putLong(to));
    out.putShort(ranges, (short) ((out.position() - ranges) / (2 * Long.BYTES)));
    int entries = out.position();
    out.putShort((short) 0);
    window.eachEntry(
        (sequence, hash, offset) -> out.putLong(sequence).putLong(hash).putLong(offset));
    out.putShort(entries, (short) ((out.position() - entries) / ENTRY_SIZE));
    return Bytes.copyOf(java.util.Arrays.copyOf(out.array(), out.position()));
  }

  public static SequenceWindow decode(Bytes bytes) {
    ByteBuffer in = bytes.asBuffer();
    try {
      SequenceWindow window =
          switch (in.get()) {
            case 1 -> version1(in);
            case VERSION -> version2(in);
            default -> throw new CorruptException("a stored replay window of unknown version");
          };
      if (in.hasRemaining()) {
        throw new CorruptException("a stored replay window has bytes left over");
      }
      return window;
    } catch (BufferUnderflowException e) {
      throw new CorruptException("a stored replay window is cut short", e);
    } catch (IllegalStateException e) {
      throw new CorruptException("a stored replay window contradicts itself", e);
    }
  }

  private static SequenceWindow version2(ByteBuffer in) {
    var window = new SequenceWindow();
    for (int ranges = in.getShort(); ranges > 0; ranges--) {
      window.addRange(in.getLong(), in.getLong());
    }
    for (int entries = in.getShort(); entries > 0; entries--) {
      window.use(in.getLong(), in.getLong(), in.getLong());
    }
    return window;
  }

  /**
   * Of the last 128 numbers those that are listed are used; all below them counted as used. Numbers
   * of 2^53 and more were let in then; no door lets them in now, so nothing can repeat them.
   */
  private static SequenceWindow version1(ByteBuffer in) {
    var listed = new TreeMap<Long, long[]>();
    while (in.hasRemaining()) {
      listed.put(in.getLong(), new long[] {in.getLong(), in.getLong()});
    }
    listed.tailMap(SequenceWindow.SEQUENCE_MAX, false).clear();
    var window = new SequenceWindow();
    if (!listed.isEmpty() && listed.lastKey() >= SIZE_OF_1) {
      window.addRange(0, listed.lastKey() - SIZE_OF_1);
    }
    listed.forEach((sequence, rest) -> window.use(sequence, rest[0], rest[1]));
    return window;
  }
}
