package io.telltale.roster;

import dev.cel.common.CelIssue;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What is wrong with a condition, in our words: the library knows neither our names nor a line. */
final class CelMistakes {
  private static final int TOLD_MAX = 3;
  private static final Pattern UNDECLARED = Pattern.compile("undeclared reference to '(.+?)'.*");
  private static final Pattern CHAIN =
      Pattern.compile("(?<name>[A-Za-z_]\\w*(\\s*\\.\\s*[A-Za-z_]\\w*)*)(?<call>\\s*\\()?");
  private static final Pattern UNSEEN = Pattern.compile("[\\p{Cntrl}\\s]+");

  private CelMistakes() {}

  static String told(String text, List<CelIssue> issues, Set<String> known) {
    return issues.stream()
        .limit(TOLD_MAX)
        .map(issue -> told(text, issue, known))
        .distinct()
        .collect(Collectors.joining("; "));
  }

  private static String told(String text, CelIssue issue, Set<String> known) {
    int line = Math.max(1, issue.getSourceLocation().getLine());
    int column = Math.max(0, issue.getSourceLocation().getColumn());
    String message = inOneLine(issue.getMessage());
    Matcher undeclared = UNDECLARED.matcher(message);
    if (undeclared.matches()) {
      return unknown(behind(text, line, column), undeclared.group(1), known);
    }
    return "%s (line %d, character %d of it)".formatted(message, line, column + 1);
  }

  private static String behind(String text, int line, int column) {
    List<String> lines = text.lines().toList();
    String there = line <= lines.size() ? lines.get(line - 1) : "";
    int from = Math.min(column, there.codePointCount(0, there.length()));
    return there.substring(there.offsetByCodePoints(0, from));
  }

  // Of device.typ it calls device unknown, which is the beginning of names that are.
  private static String unknown(String there, String reported, Set<String> known) {
    if (there.startsWith("(")) {
      return "there is no function " + reported;
    }
    String name = reported;
    Matcher chain = CHAIN.matcher(there);
    if (chain.lookingAt()) {
      String whole = UNSEEN.matcher(chain.group("name")).replaceAll("");
      int last = chain.group("call") == null ? -1 : whole.lastIndexOf('.');
      if (whole.startsWith(reported)) {
        name = last < 0 ? whole : whole.substring(0, last);
      }
    }
    return "%s is not known; known are %s".formatted(name, String.join(", ", known));
  }

  /** With what would move a terminal's cursor as a blank. */
  static String inOneLine(String message) {
    return UNSEEN.matcher(message).replaceAll(" ").strip();
  }
}
