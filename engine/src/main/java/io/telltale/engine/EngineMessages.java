package io.telltale.engine;

import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What of DuckDB's errors an analyst gets to see: what is wrong and where, without our paths. */
public final class EngineMessages {
  private static final Pattern PATHS = Pattern.compile("/[\\w./-]+/[\\w./-]+");
  private static final Pattern PLACE = Pattern.compile("LINE (\\d+): (.*)");
  private static final int CHARS_MAX = 500;

  private EngineMessages() {}

  /** The first line, what the engine would have understood, and the place in the statement. */
  public static String forAnalyst(String message) {
    List<String> lines = message.lines().toList();
    var text = new StringBuilder(lines.isEmpty() ? "the query failed" : lines.getFirst());
    for (int i = 1; i < lines.size(); i++) {
      if (lines.get(i).startsWith("Candidate") || lines.get(i).startsWith("Did you mean")) {
        text.append(' ').append(lines.get(i));
      }
      Matcher place = PLACE.matcher(lines.get(i));
      if (place.matches()) {
        String caret = i + 1 < lines.size() ? lines.get(i + 1) : "";
        text.append(" (at line ").append(place.group(1)).append(column(place, caret)).append(')');
        text.append(quotes(lines.getFirst(), place, caret));
        break;
      }
    }
    String clean = PATHS.matcher(text).replaceAll("…");
    return clean.length() <= CHARS_MAX ? clean : clean.substring(0, CHARS_MAX) + "…";
  }

  // A long statement is shown from its middle on; then the caret tells nothing.
  private static String column(Matcher place, String caret) {
    int column = caret.indexOf('^') - place.start(2) + 1;
    return column < 1 || place.group(2).startsWith("...") ? "" : ", column " + column;
  }

  // Whoever comes from another language writes a text so.
  private static String quotes(String first, Matcher place, String caret) {
    int at = caret.indexOf('^') - place.start(2);
    boolean quoted = at >= 0 && at < place.group(2).length() && place.group(2).charAt(at) == '"';
    return quoted && first.contains("Referenced column")
        ? "; what is in double quotes is a column's name, and a text is in single quotes"
        : "";
  }

  /** A line and column for a parser's offset. */
  public static String at(String sql, int offset) {
    String before = sql.substring(0, Math.clamp(offset, 0, sql.length()));
    long line = 1 + before.chars().filter(c -> c == '\n').count();
    int column = before.length() - before.lastIndexOf('\n');
    return " (at line %d, column %d)".formatted(line, column);
  }

  public static WorkerMessage.Failed failure(SQLException e) {
    String message = Objects.requireNonNullElse(e.getMessage(), "");
    String upper = message.toUpperCase(Locale.ROOT);
    return upper.contains("OUT OF MEMORY") || upper.contains("BAD_ALLOC")
        ? new WorkerMessage.Failed("memory", "")
        : new WorkerMessage.Failed("failed", forAnalyst(message));
  }
}
