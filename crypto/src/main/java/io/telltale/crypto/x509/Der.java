package io.telltale.crypto.x509;

import java.util.Arrays;
import java.util.Optional;

/**
 * The shape of a DER value (X.690 section 8.1 and 10.1), checked before any parser sees the bytes:
 * definite minimal lengths, bounded depth, nothing left over. A library that is lax or recursive
 * then has nothing to be lax or recursive about.
 */
final class Der {
  private static final int DEPTH_MAX = 16;
  private static final int CONSTRUCTED = 0x20;

  private Der() {}

  /** Whether {@code value} is exactly one well-formed DER value. */
  static boolean wellFormed(byte[] value) {
    return end(value, 0, value.length, 0) == value.length;
  }

  /** The first element inside the outer value, with its header, byte for byte as it arrived. */
  static Optional<byte[]> firstElement(byte[] value) {
    long header = header(value, 0, value.length);
    if (header < 0) {
      return Optional.empty();
    }
    int start = (int) (header >>> 32);
    int end = end(value, start, value.length, 1);
    return end < 0 ? Optional.empty() : Optional.of(Arrays.copyOfRange(value, start, end));
  }

  /** The index after the value at {@code from}, or -1 when it is not well-formed. */
  private static int end(byte[] in, int from, int limit, int depth) {
    long header = header(in, from, limit);
    if (header < 0 || depth > DEPTH_MAX) {
      return -1;
    }
    int at = (int) (header >>> 32);
    int end = (int) header;
    if ((in[from] & CONSTRUCTED) != 0) {
      while (at < end) {
        at = end(in, at, end, depth + 1);
        if (at < 0) {
          return -1;
        }
      }
    }
    return end;
  }

  /** Start of the content in the upper half and its end in the lower, or -1. */
  private static long header(byte[] in, int from, int limit) {
    // Multi-byte tags do not occur in anything that we read.
    if (limit - from < 2 || (in[from] & 0x1f) == 0x1f) {
      return -1;
    }
    int length = in[from + 1] & 0xff;
    int at = from + 2;
    if (length >= 0x80) {
      int octets = length - 0x80;
      if (octets < 1 || octets > 3 || limit - at < octets || in[at] == 0) {
        return -1;
      }
      length = 0;
      for (int i = 0; i < octets; i++) {
        length = (length << 8) | (in[at++] & 0xff);
      }
      if (length < 0x80) {
        return -1;
      }
    }
    return length > limit - at ? -1 : ((long) at << 32) | (at + length);
  }
}
