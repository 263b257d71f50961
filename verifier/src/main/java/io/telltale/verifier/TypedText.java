package io.telltale.verifier;

import java.util.Optional;

/** What a shell hands to a Java program may be other text than was typed. */
public final class TypedText {
  // What the JVM makes of bytes that are no characters in the locale's encoding.
  private static final char UNDECODABLE = '\uFFFD';

  private TypedText() {}

  /** Why the arguments are not what was typed, and what to do; empty when they are. */
  public static Optional<String> mistake(String[] arguments) {
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].indexOf(UNDECODABLE) >= 0) {
        return Optional.of(
            ("telltale: argument %d is not text in the encoding of this locale (%s): set LC_ALL"
                    + " to a UTF-8 locale, such as C.UTF-8, and type it in UTF-8")
                .formatted(i + 1, System.getProperty("sun.jnu.encoding")));
      }
    }
    return Optional.empty();
  }
}
