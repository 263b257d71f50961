package io.telltale.server;

import java.io.Console;
import java.io.PrintStream;
import java.util.Optional;

/**
 * The terminal: one summary line that is redrawn in place where there is a terminal, plain lines
 * where there is none.
 */
final class Screen {
  private static final String CLEAR_LINE = "\r\u001b[2K";
  private static final String BOLD = "\u001b[1m";
  private static final String GREEN = "\u001b[32m";
  private static final String RED = "\u001b[31m";
  private static final String DIM = "\u001b[2m";
  private static final String RESET = "\u001b[0m";

  private final PrintStream out;
  private final boolean terminal;
  private boolean lineOpen;

  Screen(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  static Screen standard() {
    return new Screen(
        System.out, Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false));
  }

  boolean isTerminal() {
    return terminal;
  }

  synchronized void say(String text) {
    closeLine();
    out.println(text);
    out.flush();
  }

  synchronized void heading(String text) {
    closeLine();
    out.println();
    out.println(terminal ? BOLD + text + RESET : "== " + text);
    out.flush();
  }

  synchronized void command(String text) {
    closeLine();
    out.println(terminal ? DIM + "$ " + RESET + text : "$ " + text);
    out.flush();
  }

  synchronized void outcome(boolean good, String text) {
    closeLine();
    String mark = good ? "ok  " : "FAIL";
    out.println("  " + (terminal ? (good ? GREEN : RED) + mark + RESET : mark) + "  " + text);
    out.flush();
  }

  /** Shows {@code text} as the current state; on a terminal it replaces the one before. */
  synchronized void status(String text) {
    if (terminal) {
      out.print(CLEAR_LINE + text);
      lineOpen = true;
    } else {
      out.println(text);
    }
    out.flush();
  }

  private void closeLine() {
    if (lineOpen) {
      out.println();
      lineOpen = false;
    }
  }
}
