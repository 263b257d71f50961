package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;

/** ECDSA signatures of P-256 between r ‖ s (64 bytes) and DER, strictly both ways. */
final class EcdsaEncoding {
  private static final int HALF = 32;
  private static final int SEQUENCE = 0x30;
  private static final int INTEGER = 0x02;

  private EcdsaEncoding() {}

  /** Empty unless there are exactly 64 bytes. */
  static Optional<Bytes> rawToDer(Bytes raw) {
    if (raw.size() != 2 * HALF) {
      return Optional.empty();
    }
    byte[] r = new BigInteger(1, raw.slice(0, HALF).borrow()).toByteArray();
    byte[] s = new BigInteger(1, raw.slice(HALF, 2 * HALF).borrow()).toByteArray();
    byte[] der = new byte[6 + r.length + s.length];
    der[0] = SEQUENCE;
    der[1] = (byte) (der.length - 2);
    der[2] = INTEGER;
    der[3] = (byte) r.length;
    System.arraycopy(r, 0, der, 4, r.length);
    der[4 + r.length] = INTEGER;
    der[5 + r.length] = (byte) s.length;
    System.arraycopy(s, 0, der, 6 + r.length, s.length);
    return Optional.of(Bytes.adopt(der));
  }

  /** Empty unless it is the one DER encoding of two positive integers below 2^256. */
  static Optional<Bytes> derToRaw(Bytes der) {
    byte[] in = der.borrow();
    if (in.length < 8 || in.length > 72 || in[0] != SEQUENCE || in[1] != in.length - 2) {
      return Optional.empty();
    }
    byte[] raw = new byte[2 * HALF];
    int afterR = integer(in, 2, raw, 0);
    int afterS = afterR < 0 ? -1 : integer(in, afterR, raw, HALF);
    return afterS == in.length ? Optional.of(Bytes.adopt(raw)) : Optional.empty();
  }

  private static int integer(byte[] in, int at, byte[] out, int outAt) {
    if (at + 2 > in.length || in[at] != INTEGER) {
      return -1;
    }
    int size = in[at + 1];
    int from = at + 2;
    int to = from + size;
    if (size < 1 || size > HALF + 1 || to > in.length || in[from] < 0) {
      return -1;
    }
    if (size > 1 && in[from] == 0) {
      if (in[from + 1] >= 0) {
        return -1;
      }
      from++;
    }
    byte[] digits = Arrays.copyOfRange(in, from, to);
    if (digits.length > HALF) {
      return -1;
    }
    System.arraycopy(digits, 0, out, outAt + HALF - digits.length, digits.length);
    return to;
  }
}
