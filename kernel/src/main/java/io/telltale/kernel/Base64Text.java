package io.telltale.kernel;

import java.util.Base64;
import java.util.Optional;

/** Base64 with one text for each value: padded, no line breaks, no bits left over. */
public final class Base64Text {
  private Base64Text() {}

  /** Empty unless {@code text} is exactly what {@link #of} writes for some bytes. */
  public static Optional<Bytes> parse(String text) {
    try {
      Bytes bytes = Bytes.adopt(Base64.getDecoder().decode(text));
      // The decoder overlooks leftover bits, by which two texts would mean the same bytes.
      return of(bytes).equals(text) ? Optional.of(bytes) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  public static String of(Bytes bytes) {
    return Base64.getEncoder().encodeToString(bytes.borrow());
  }
}
