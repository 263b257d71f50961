package io.telltale.sqlite;

import io.telltale.kernel.Bytes;
import java.math.BigInteger;

/** A number modulo 2^256: sums of secret elements tell which rows there are, in no order. */
record Sum(BigInteger value) {
  static final Sum ZERO = new Sum(BigInteger.ZERO);
  private static final int SIZE = 32;
  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(8 * SIZE);

  static Sum of(Bytes bytes) {
    return new Sum(new BigInteger(1, bytes.borrow()));
  }

  Sum plus(Sum other) {
    return new Sum(value.add(other.value).mod(MODULUS));
  }

  Sum minus(Sum other) {
    return new Sum(value.subtract(other.value).mod(MODULUS));
  }

  Bytes bytes() {
    byte[] all = new byte[SIZE];
    byte[] signed = value.toByteArray();
    int from = Math.max(0, signed.length - SIZE);
    int length = signed.length - from;
    System.arraycopy(signed, from, all, SIZE - length, length);
    return Bytes.adopt(all);
  }
}
