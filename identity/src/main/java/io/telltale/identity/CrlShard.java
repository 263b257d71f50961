package io.telltale.identity;

import java.math.BigInteger;
import java.util.HexFormat;
import java.util.Optional;

/**
 * One of the {@value #COUNT} lists that the issuing CA's revoked certificates are spread over, by
 * the first byte of their serial number, whose top bit is always set.
 */
record CrlShard(int first) {
  static final int COUNT = 128;
  static final String PREFIX = "/crl/issuing/";

  private static final String SUFFIX = ".crl";
  private static final int SERIAL_BITS = 128;
  private static final HexFormat HEX = HexFormat.of();

  CrlShard {
    if (first < COUNT || first >= 2 * COUNT) {
      throw new IllegalArgumentException("a serial number of ours begins with 0x80 to 0xff");
    }
  }

  static CrlShard of(BigInteger serial) {
    if (serial.bitLength() != SERIAL_BITS) {
      throw new IllegalArgumentException("a serial number of ours has 128 bits");
    }
    return new CrlShard(serial.shiftRight(SERIAL_BITS - 8).intValueExact());
  }

  /** Empty for what is no path of {@link #path}. */
  static Optional<CrlShard> at(String path) {
    String name =
        path.startsWith(PREFIX) && path.endsWith(SUFFIX)
            ? path.substring(PREFIX.length(), Math.max(PREFIX.length(), path.length() - 4))
            : "";
    return name.matches("[89a-f][0-9a-f]")
        ? Optional.of(new CrlShard(HexFormat.fromHexDigits(name)))
        : Optional.empty();
  }

  /** The first two digits of its serial numbers, in lower-case hexadecimal. */
  String digits() {
    return HEX.toHexDigits((byte) first);
  }

  String path() {
    return PREFIX + digits() + SUFFIX;
  }

  int index() {
    return first - COUNT;
  }
}
