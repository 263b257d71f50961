package io.telltale.e2e.tidy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What pages name is there: files, folders, types. */
final class PageRules {
  private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:|mailto:|#)([^)#\\s]+)");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  // A data folder has registry/ and lake/, too: what is meant here is the checkout's.
  private static final Pattern PATH =
      Pattern.compile("(?<![\\w./-])((?:[a-z0-9]+/src|docs|\\.ci)(?:/[\\w.-]+)*)");
  private static final Pattern TYPE = Pattern.compile("([A-Z][a-z]\\w*[A-Z]\\w*)(?:\\.\\w+)?");
  private static final Pattern DECLARED =
      Pattern.compile("\\b(?:class|record|interface|enum) (\\w+)");

  /** Their words are those of what they describe. */
  private static final Pattern OF_OTHERS = Pattern.compile("docs/format/.*|CHANGELOG\\.md");

  private static final Set<String> OF_THE_JDK =
      Set.of("IllegalArgumentException", "IllegalStateException");

  private final Set<String> paths = new HashSet<>();
  private final Set<String> types = new HashSet<>(OF_THE_JDK);

  private PageRules(List<SourceFile> files) {
    for (SourceFile file : files) {
      Path path = Path.of(file.path());
      while (path != null) {
        paths.add(path.toString());
        path = path.getParent();
      }
      if (file.isJava()) {
        DECLARED.matcher(file.text()).results().forEach(found -> types.add(found.group(1)));
      }
    }
  }

  static List<String> check(List<SourceFile> files) {
    var rules = new PageRules(files);
    return files.stream()
        .filter(file -> file.path().endsWith(".md"))
        .flatMap(rules::missing)
        .toList();
  }

  private Stream<String> missing(SourceFile page) {
    var missing = new ArrayList<String>();
    List<String> lines = page.lines();
    for (int i = 0; i < lines.size(); i++) {
      for (String name : missing(page.path(), lines.get(i))) {
        missing.add("%s:%d names %s, which is not there".formatted(page.path(), i + 1, name));
      }
    }
    return missing.stream();
  }

  private List<String> missing(String page, String line) {
    var missing = new ArrayList<String>();
    for (String link : found(LINK, CODE.matcher(line).replaceAll(""))) {
      if (!paths.contains(Path.of(page).resolveSibling(link).normalize().toString())) {
        missing.add(link);
      }
    }
    for (String code : found(CODE, line)) {
      found(PATH, code).stream().filter(path -> !paths.contains(path)).forEach(missing::add);
      Matcher type = TYPE.matcher(code);
      boolean named = type.matches() && !OF_OTHERS.matcher(page).matches();
      if (named && !types.contains(type.group(1))) {
        missing.add(type.group(1));
      }
    }
    return missing;
  }

  private static List<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(match -> match.group(1)).toList();
  }
}
