package io.telltale.lake.parquet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Parquet's ways to write numbers in few bits: bit-packed groups of eight for codes and levels,
 * DELTA_BINARY_PACKED for what grows by small steps.
 */
final class PackedNumbers {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int BLOCK = 128;
  private static final int MINIBLOCKS = 4;
  private static final int MINIBLOCK = BLOCK / MINIBLOCKS;
  private static final int SLACK = 16;

  private byte[] bytes;
  private int size;

  private PackedNumbers(int capacity) {
    bytes = new byte[capacity + SLACK];
  }

  static int width(long most) {
    return Long.SIZE - Long.numberOfLeadingZeros(most);
  }

  /** The hybrid of runs and bit-packed groups: one run when all codes are 0, else groups only. */
  static byte[] hybrid(int[] codes, int count, int width) {
    var out = new PackedNumbers(10 + (count + 8) / 8 * width);
    if (width == 0) {
      out.varint((long) count << 1);
    } else {
      int groups = (count + 7) / 8;
      out.varint(((long) groups << 1) | 1);
      out.pack(codes, count, width);
      out.size += groups * width;
    }
    return out.toBytes();
  }

  private void pack(int[] codes, int count, int width) {
    long bit = (long) size * 8;
    for (int i = 0; i < count; i++) {
      put(bit, codes[i]);
      bit += width;
    }
  }

  // The bits there are still 0; whatever lies behind them is written later.
  private void put(long bit, long value) {
    int at = (int) (bit >>> 3);
    int shift = (int) (bit & 7);
    LONGS.set(bytes, at, (long) LONGS.get(bytes, at) | (value << shift));
    if (shift > 0) {
      bytes[at + Long.BYTES] |= (byte) (value >>> (Long.SIZE - shift));
    }
  }

  static byte[] delta(long[] values, int count) {
    int blocks = (Math.max(0, count - 1) + BLOCK - 1) / BLOCK;
    var out = new PackedNumbers(40 + blocks * (BLOCK * Long.BYTES + MINIBLOCKS + 10));
    out.varint(BLOCK);
    out.varint(MINIBLOCKS);
    out.varint(count);
    out.zigzag(count == 0 ? 0 : values[0]);
    var deltas = new long[BLOCK];
    for (int from = 1; from < count; from += BLOCK) {
      int length = Math.min(BLOCK, count - from);
      for (int i = 0; i < length; i++) {
        deltas[i] = values[from + i] - values[from + i - 1];
      }
      out.block(deltas, length);
    }
    return out.toBytes();
  }

  private void block(long[] deltas, int length) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < length; i++) {
      least = Math.min(least, deltas[i]);
    }
    zigzag(least);
    int widths = size;
    size += MINIBLOCKS;
    for (int mini = 0; mini * MINIBLOCK < length; mini++) {
      int from = mini * MINIBLOCK;
      int to = Math.min(from + MINIBLOCK, length);
      long all = 0;
      for (int i = from; i < to; i++) {
        deltas[i] -= least;
        all |= deltas[i];
      }
      int width = width(all);
      bytes[widths + mini] = (byte) width;
      long bit = (long) size * 8;
      for (int i = from; i < to; i++) {
        put(bit, deltas[i]);
        bit += width;
      }
      size += MINIBLOCK / 8 * width;
    }
  }

  private void zigzag(long value) {
    varint((value << 1) ^ (value >> 63));
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[size++] = (byte) ((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  private byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }
}
