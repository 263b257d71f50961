package io.telltale.e2e.tidy;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Rules that look at several files together, and the formatting. */
final class ProjectRules {
  private static final Pattern DECISION = Pattern.compile("docs/adr/(\\d{4})-.*\\.md");
  private static final Pattern CONFIRMED = Pattern.compile("(?m)^## Confirmation\n+[^#\\s]");
  private static final Pattern PACKAGE_FOLDER =
      Pattern.compile("([^/]+)/src/(?:main|test)/java/(.+)/([^/]+)\\.java");

  private ProjectRules() {}

  /** Every package of a module, in main or test, has one package-info that marks it null-safe. */
  static List<String> packageInfos(List<SourceFile> files) {
    Map<String, Boolean> marked = new TreeMap<>();
    for (SourceFile file : files) {
      Matcher matcher = PACKAGE_FOLDER.matcher(file.path());
      if (matcher.matches()) {
        boolean here =
            file.path().endsWith("/package-info.java") && file.text().contains("@NullMarked");
        marked.merge(matcher.group(1) + ": " + matcher.group(2), here, Boolean::logicalOr);
      }
    }
    return marked.entrySet().stream()
        .filter(entry -> !entry.getValue())
        .map(entry -> entry.getKey() + " has no package-info.java with @NullMarked")
        .toList();
  }

  /** ADR numbers are given once. */
  static List<String> decisionNumbers(List<SourceFile> files) {
    Set<String> seen = new TreeSet<>();
    return files.stream()
        .map(file -> DECISION.matcher(file.path()))
        .filter(decision -> decision.matches() && !seen.add(decision.group(1)))
        .map(decision -> decision.group() + " takes a number that another decision has")
        .toList();
  }

  /** Each ADR ends with what confirms it. */
  static List<String> unconfirmed(List<SourceFile> files) {
    return files.stream()
        .filter(file -> DECISION.matcher(file.path()).matches())
        .filter(file -> !CONFIRMED.matcher(file.text()).find())
        .map(file -> file.path() + " does not say under '## Confirmation' what confirms it")
        .toList();
  }

  /** The same Java file as google-java-format writes it. */
  static String formatted(SourceFile file) {
    try {
      return new Formatter().formatSourceAndFixImports(file.text());
    } catch (FormatterException e) {
      throw new IllegalStateException("formatting " + file.path(), e);
    }
  }
}
