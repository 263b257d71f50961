package io.telltale.server.operations;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which devices a statement asks for by name. To tell of a typing error, not to decide anything.
 */
final class NamedDevices {
  private static final Pattern CONDITION =
      Pattern.compile(
          "\\bdevice\"?\\s*(?:=\\s*('[^']*')|in\\s*\\(([^)]*)\\))", Pattern.CASE_INSENSITIVE);
  private static final Pattern NAME = Pattern.compile("'([^']*)'");

  private NamedDevices() {}

  static List<String> in(String sql) {
    return CONDITION
        .matcher(sql)
        .results()
        .flatMap(found -> Stream.of(found.group(found.group(1) == null ? 2 : 1)))
        .flatMap(names -> NAME.matcher(names).results())
        .map(NamedDevices::name)
        .toList();
  }

  private static String name(MatchResult found) {
    return found.group(1);
  }
}
