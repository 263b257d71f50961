package io.telltale.identity;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/**
 * The numbers of issuing CAs' lists, one file for each CA (RFC 5280 section 5.2.3). Thread-safe.
 */
final class CrlNumbers {
  static final String FILE = ".crl.number";

  private final CaFolder files;

  CrlNumbers(CaFolder files) {
    this.files = files;
  }

  /** {@code millis} since 1970, or above the last one of {@code ca}, whichever is greater. */
  // Alone held up by others: a list can take long to sign.
  synchronized BigInteger next(String ca, long millis) {
    String file = ca + FILE;
    BigInteger number = BigInteger.valueOf(millis).max(afterLast(file));
    // Before the list leaves: a number that was used must not come again.
    files.write(file, number.toString().getBytes(StandardCharsets.US_ASCII));
    return number;
  }

  private BigInteger afterLast(String file) {
    return files
        .read(file)
        .map(bytes -> new String(bytes, StandardCharsets.US_ASCII))
        .filter(text -> text.matches("[0-9]{1,39}"))
        .map(text -> new BigInteger(text).add(BigInteger.ONE))
        .orElse(BigInteger.ONE);
  }
}
