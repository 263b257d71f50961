package io.telltale.identity;

import java.math.BigInteger;
import java.util.HexFormat;
import java.util.Optional;

/**
 * One of the {@value #COUNT} lists that an issuing CA's revoked certificates are spread over, by
 * the first byte of their serial number, whose top bit is always set.
 */
record CrlShard(int first) {
  static final int COUNT = 128;
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

  /** Empty for what is not the end of a {@link #path}, behind its last slash. */
  static Optional<CrlShard> named(String file) {
    return file.matches("[89a-f][0-9a-f]\\.crl")
        ? Optional.of(new CrlShard(HexFormat.fromHexDigits(file, 0, 2)))
        : Optional.empty();
  }

  /** The first two digits of its serial numbers, in lower-case hexadecimal. */
  String digits() {
    return HEX.toHexDigits((byte) first);
  }

  /** Where the list of the issuing CA {@code ca} is. */
  String path(String ca) {
    return "/crl/" + ca + "/" + digits() + SUFFIX;
  }

  int index() {
    return first - COUNT;
  }
}
