package io.telltale.db;

import io.telltale.kernel.Bytes;
import java.nio.ByteBuffer;

/**
 * A number modulo 2^256, highest part first: sums of secret elements tell which rows there are, in
 * no order.
 */
record Sum(long highest, long high, long low, long lowest) {
  static final Sum ZERO = new Sum(0, 0, 0, 0);
  private static final int SIZE = 32;

  /** The last 32 bytes count. */
  static Sum of(Bytes bytes) {
    byte[] padded = new byte[SIZE];
    int length = Math.min(SIZE, bytes.size());
    System.arraycopy(bytes.borrow(), bytes.size() - length, padded, SIZE - length, length);
    ByteBuffer in = ByteBuffer.wrap(padded);
    return new Sum(in.getLong(), in.getLong(), in.getLong(), in.getLong());
  }

  Sum plus(Sum other) {
    long a = lowest + other.lowest;
    long carry = carry(a, lowest);
    long b = low + other.low;
    long carryOn = carry(b, low);
    b += carry;
    carryOn |= carry(b, carry);
    long c = high + other.high;
    long carryLast = carry(c, high);
    c += carryOn;
    carryLast |= carry(c, carryOn);
    return new Sum(highest + other.highest + carryLast, c, b, a);
  }

  private static long carry(long sum, long part) {
    return Long.compareUnsigned(sum, part) < 0 ? 1 : 0;
  }

  Sum minus(Sum other) {
    return plus(new Sum(~other.highest, ~other.high, ~other.low, ~other.lowest)).plus(ONE);
  }

  private static final Sum ONE = new Sum(0, 0, 0, 1);

  Bytes bytes() {
    ByteBuffer out = ByteBuffer.allocate(SIZE);
    out.putLong(highest).putLong(high).putLong(low).putLong(lowest);
    return Bytes.adopt(out.array());
  }
}
