package io.telltale.kernel;

import java.util.regex.Pattern;

/** Words as a POSIX shell reads them back. */
public final class ShellQuoting {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:=@%+,-]+");

  private ShellQuoting() {}

  /** {@code word} to be typed, in quotes where it needs them. */
  public static String quoted(String word) {
    if (PLAIN.matcher(word).matches()) {
      return word;
    }
    // In double quotes SQL stays readable; single quotes where those would mean something.
    boolean special = word.chars().anyMatch(c -> "\"$`\\!".indexOf(c) >= 0);
    return special ? "'" + word.replace("'", "'\\''") + "'" : '"' + word + '"';
  }
}
