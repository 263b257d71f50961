package io.telltale.cli.print;

import java.io.Console;
import java.util.Optional;
import java.util.regex.Pattern;

/** How much fits on a line of the terminal. */
public final class Screen {
  /** Of a file or a pipe. */
  public static final int ENDLESS = Integer.MAX_VALUE;

  private static final int USUAL = 80;
  private static final Pattern WIDTH = Pattern.compile("[1-9][0-9]{0,4}");

  private Screen() {}

  /** Where the answer goes: {@link #ENDLESS} unless a person looks at it. */
  public static int columns() {
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false)
        ? columns(Optional.ofNullable(System.getenv("COLUMNS")))
        : ENDLESS;
  }

  public static int columns(Optional<String> said) {
    return said.filter(text -> WIDTH.matcher(text).matches()).map(Integer::parseInt).orElse(USUAL);
  }
}
