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
        .map(SourceFile::path)
        .filter(path -> path.matches("docs/adr/\\d{4}-.*\\.md"))
        .filter(path -> !seen.add(path.substring("docs/adr/".length()).substring(0, 4)))
        .map(path -> path + " takes a number that another decision has")
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
