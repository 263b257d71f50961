package io.telltale.server.demo;

import java.io.Console;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;

/**
 * The terminal: a summary that is redrawn in place where there is a terminal, plain lines where
 * there is none. Honours {@code NO_COLOR} and {@code TERM=dumb}.
 */
final class Screen {
  private static final String ESCAPE = "\u001b[";
  private static final int COLUMNS = 79;

  private final PrintStream out;
  private final boolean terminal;
  private final boolean colours;
  private int panelLines;

  Screen(PrintStream out, boolean terminal, boolean colours) {
    this.out = out;
    this.terminal = terminal;
    this.colours = colours;
  }

  static Screen standard() {
    boolean terminal =
        Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false)
            && !"dumb".equals(System.getenv("TERM"));
    String noColour = System.getenv("NO_COLOR");
    return new Screen(System.out, terminal, terminal && (noColour == null || noColour.isEmpty()));
  }

  boolean isTerminal() {
    return terminal;
  }

  synchronized void say(String text) {
    print(text);
  }

  synchronized void heading(String text) {
    print("\n" + (colours ? coloured("1", text) : "== " + text));
  }

  synchronized void command(String text) {
    print(coloured("2", "$ ") + text);
  }

  synchronized void outcome(boolean good, String text) {
    print("  " + coloured(good ? "32" : "31", good ? "ok  " : "FAIL") + "  " + text);
  }

  /**
   * Shows the current state: {@code panel} redrawn in place, or {@code line} without a terminal.
   */
  synchronized void status(List<String> panel, String line) {
    if (!terminal) {
      print(line);
      return;
    }
    var text = new StringBuilder();
    if (panelLines > 0) {
      text.append(ESCAPE).append(panelLines).append('A');
    }
    for (String row : panel) {
      text.append(ESCAPE).append("2K").append(cut(row)).append('\n');
    }
    out.print(text);
    out.flush();
    panelLines = panel.size();
  }

  private void print(String text) {
    panelLines = 0;
    out.println(text);
    out.flush();
  }

  private String coloured(String code, String text) {
    return colours ? ESCAPE + code + "m" + text + ESCAPE + "0m" : text;
  }

  private static String cut(String row) {
    return row.length() <= COLUMNS ? row : row.substring(0, COLUMNS - 3) + "...";
  }
}
