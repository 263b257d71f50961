package io.telltale.e2e.tidy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Rules that need a file's characters only. Each returns its complaints, one a line. */
final class TextRules {
  static final int LINES_MAX = 500;
  static final int COLUMNS_MAX = 100;
  static final int BINARY_BYTES_MAX = 100_000;

  private static final Pattern LONG_BY_NATURE =
      Pattern.compile("\\s*(import|package) .*|.*\\S{80,}.*");
  private static final Pattern UNFINISHED =
      Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X|HA" + "CK)\\b(?!\\(#\\d+\\))");
  // Split, so that this file does not complain about itself.
  private static final Pattern MACHINE =
      Pattern.compile(
          "(?<![\\w.-])/(work|farm)/|/tmp/bash_"
              + "jobs|/(home|Users)/[a-z]\\w*/|/root/\\."
              + "|repo1?\\.maven\\.(apache\\.)?"
              + "org|deb\\.debian\\."
              + "org"
              + "|registry\\.npmjs\\."
              + "org|pypi\\."
              + "org");
  private static final Set<String> CHANGE_KINDS =
      Set.of("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security");
  private static final Pattern RELEASE =
      Pattern.compile("## \\[(Unreleased|\\d+\\.\\d+\\.\\d+\\] - \\d{4}-\\d{2}-\\d{2})\\]?");

  private static final Pattern GUIDE =
      Pattern.compile("README\\.md|docs/operating\\.md|docs/how-to/[^/]+\\.md");
  private static final Pattern NOT_AS_TYPED = Pattern.compile("(^|[`(\\s])telltale [a-z]");

  private static final Pattern TEST = Pattern.compile("(?!e2e/.*/fixture/).*/src/test/.*\\.java");
  private static final Pattern SLEEP =
      Pattern.compile("\\b(Thread|TimeUnit(\\.\\w+)?)\\.sleep\\(|\\bparkNanos\\(");

  private TextRules() {}

  static List<String> fileLength(SourceFile file) {
    int lines = file.lines().size();
    return file.isJava() && lines > LINES_MAX
        ? List.of("%s has %d lines, more than %d".formatted(file.path(), lines, LINES_MAX))
        : List.of();
  }

  static List<String> lineLength(SourceFile file) {
    boolean code = file.isJava() || file.path().equals("telltale") || file.path().equals(".ci/run");
    return code
        ? complain(
            file,
            line ->
                line.codePointCount(0, line.length()) > COLUMNS_MAX
                    && !LONG_BY_NATURE.matcher(line).matches(),
            "is longer than %d columns".formatted(COLUMNS_MAX))
        : List.of();
  }

  static List<String> whitespace(SourceFile file) {
    if (!file.isWritten()) {
      return List.of();
    }
    List<String> found =
        new ArrayList<>(complain(file, line -> line.matches(".*[ \t]"), "ends in white space"));
    if (!file.text().isEmpty() && !file.text().endsWith("\n")) {
      found.add(file.path() + " does not end in a line break");
    }
    return found;
  }

  static List<String> unfinished(SourceFile file) {
    return file.isWritten()
        ? complain(file, UNFINISHED.asPredicate(), "is unfinished and names no issue, as in (#12)")
        : List.of();
  }

  static List<String> machineNames(SourceFile file) {
    return file.binary()
        ? List.of()
        : complain(file, MACHINE.asPredicate(), "names a path or host of somebody's machine");
  }

  static List<String> largeBinary(SourceFile file) {
    return file.binary() && file.size() > BINARY_BYTES_MAX
        ? List.of(
            "%s is a binary of %d bytes, more than %d"
                .formatted(file.path(), file.size(), BINARY_BYTES_MAX))
        : List.of();
  }

  /** The form of keepachangelog.com, which operators' tools read. */
  static List<String> changelog(SourceFile file) {
    if (!file.path().equals("CHANGELOG.md")) {
      return List.of();
    }
    List<String> found = new ArrayList<>();
    if (!file.text().startsWith("# Changelog\n")) {
      found.add("CHANGELOG.md must start with '# Changelog'");
    }
    if (!file.lines().contains("## [Unreleased]")) {
      found.add("CHANGELOG.md has no '## [Unreleased]'");
    }
    found.addAll(
        complain(
            file,
            line -> line.startsWith("## ") && !RELEASE.matcher(line).matches(),
            "must be '## [Unreleased]' or '## [1.2.3] - 2026-12-31'"));
    found.addAll(
        complain(
            file,
            line -> line.startsWith("### ") && !CHANGE_KINDS.contains(line.substring(4)),
            "must be one of " + CHANGE_KINDS.stream().sorted().toList()));
    return found;
  }

  /** What a reader pastes works where the program was built: it is on nobody's path. */
  static List<String> programName(SourceFile file) {
    return GUIDE.matcher(file.path()).matches()
        ? complain(file, NOT_AS_TYPED.asPredicate(), "calls the program not by ./telltale")
        : List.of();
  }

  /** A test that sleeps is slow where it need not be, and fails where it was not enough. */
  static List<String> sleeps(SourceFile file) {
    return TEST.matcher(file.path()).matches()
        ? complain(file, SLEEP.asPredicate(), "sleeps: testkit.Waiting waits for the thing")
        : List.of();
  }

  private static List<String> complain(SourceFile file, Predicate<String> bad, String complaint) {
    List<String> lines = file.lines();
    return IntStream.range(0, lines.size())
        .filter(i -> bad.test(lines.get(i)))
        .mapToObj(i -> "%s:%d %s".formatted(file.path(), i + 1, complaint))
        .toList();
  }
}
