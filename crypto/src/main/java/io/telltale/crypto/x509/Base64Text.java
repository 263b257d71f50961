package io.telltale.crypto.x509;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** Base64 as peers really write it: with line wraps of any width or none (RFC 8951 section 3). */
public final class Base64Text {
  private Base64Text() {}

  /** Empty when anything but the alphabet, padding at the end and white space is in there. */
  public static Optional<byte[]> decode(String text) {
    var packed = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\n' && c != '\r' && c != ' ' && c != '\t') {
        packed.append(c);
      }
    }
    try {
      return Optional.of(
          Base64.getDecoder().decode(packed.toString().getBytes(StandardCharsets.ISO_8859_1)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** In one line: RFC 8951 means base64 as of RFC 4648, and strongSwan reads no other. */
  public static String encode(byte[] value) {
    return Base64.getEncoder().encodeToString(value);
  }
}
