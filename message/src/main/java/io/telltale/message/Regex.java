package io.telltale.message;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A regular expression whose time is linear in its input, whatever both are: RE2's syntax, without
 * look-around and back references. Safe for many threads.
 */
public final class Regex {
  /** What is longer is not matched: time also grows with the expression. */
  static final int TEXT_CHARS_MAX = 8_192;

  private static final int SIZE_MAX = 2_000;

  private final Predicate<String> search;

  private Regex(Predicate<String> search) {
    this.search = search;
  }

  /** A text that is too long for an expression; whoever asked has no answer. */
  static final class TooLongException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooLongException() {
      super("a text of more than " + TEXT_CHARS_MAX + " characters is not matched");
    }
  }

  /** Why {@code pattern} cannot be used; empty when it can. */
  public static Optional<String> flaw(String pattern) {
    if (RegexSize.of(pattern) > SIZE_MAX) {
      return Optional.of("repeats too much: at most " + SIZE_MAX + " steps in all");
    }
    try {
      Pattern.compile(pattern);
      return Optional.empty();
    } catch (PatternSyntaxException e) {
      return Optional.of(
          "is no regular expression of RE2 (no look-around, no back reference): "
              + e.getDescription());
    }
  }

  /**
   * Compiles what {@link #flaw} accepts. What an earlier release let into a policy and RE2 does not
   * know is left to the JDK, as it was then; throws its exception for what is none at all.
   */
  public static Regex of(String pattern) {
    if (flaw(pattern).isEmpty()) {
      Pattern compiled = Pattern.compile(pattern);
      return new Regex(text -> compiled.matcher(text).find());
    }
    var compiled = java.util.regex.Pattern.compile(pattern);
    return new Regex(text -> compiled.matcher(text).find());
  }

  /** Whether some part of {@code text} matches. */
  public boolean find(String text) {
    if (text.length() > TEXT_CHARS_MAX) {
      throw new TooLongException();
    }
    return search.test(text);
  }
}
