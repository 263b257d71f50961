package io.telltale.kernel;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * Base64 (RFC 4648). What we write has one text for each value: padded, no line breaks, no bits
 * left over.
 */
public final class Base64Text {
  private Base64Text() {}

  /** Empty unless {@code text} is exactly what {@link #of} writes for some bytes. */
  public static Optional<Bytes> parse(String text) {
    // The decoder overlooks leftover bits, by which two texts would mean the same bytes.
    return decode(text).filter(bytes -> of(bytes).equals(text));
  }

  /**
   * As peers really write it: with line wraps of any width or none (RFC 8951 section 3). Empty when
   * anything but the alphabet, padding at the end and white space is in there.
   */
  public static Optional<Bytes> parseWrapped(String text) {
    var packed = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\n' && c != '\r' && c != ' ' && c != '\t') {
        packed.append(c);
      }
    }
    return decode(packed.toString());
  }

  public static String of(Bytes bytes) {
    return Base64.getEncoder().encodeToString(bytes.borrow());
  }

  /** In the alphabet for URLs and file names, without padding. */
  public static String forUrl(Bytes bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.borrow());
  }

  /** Empty unless {@code text} is exactly what {@link #forUrl} writes for some bytes. */
  public static Optional<Bytes> parseUrl(String text) {
    try {
      return Optional.of(Bytes.adopt(Base64.getUrlDecoder().decode(text)))
          .filter(bytes -> forUrl(bytes).equals(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<Bytes> decode(String text) {
    try {
      return Optional.of(
          Bytes.adopt(Base64.getDecoder().decode(text.getBytes(StandardCharsets.ISO_8859_1))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
