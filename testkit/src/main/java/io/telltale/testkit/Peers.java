package io.telltale.testkit;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * The programs of others that interoperability tests talk to.
 *
 * <p>On a developer's machine a missing program skips the test and says so. Where {@code CI=true}
 * is in the environment it fails, so that no interoperability test goes missing unnoticed.
 */
public final class Peers {
  // Debian keeps servers such as mosquitto where an ordinary user's PATH does not look.
  private static final List<String> MORE_FOLDERS =
      List.of("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin", "/opt/homebrew/sbin");

  private Peers() {}

  /** Where {@code program} is. */
  static Optional<Path> find(String program) {
    return find(program, System.getenv().getOrDefault("PATH", ""));
  }

  /** Finds {@code program}, or skips the calling test (fails it under {@code CI=true}). */
  public static Path require(String program) {
    return require(program, System.getenv());
  }

  static Path require(String program, Map<String, String> environment) {
    return find(program, environment.getOrDefault("PATH", ""))
        .orElseThrow(() -> missing(program, environment));
  }

  /**
   * As {@link #require(String)}, and what it prints for {@code argument} must hold every one of
   * {@code words}: many programs of others are installed without the parts that a test needs.
   */
  public static Path require(String program, String argument, String... words)
      throws IOException, InterruptedException {
    return require(program, System.getenv(), argument, words);
  }

  static Path require(
      String program, Map<String, String> environment, String argument, String... words)
      throws IOException, InterruptedException {
    Path path = require(program, environment);
    List<String> known = List.of(Ran.of(path.toString(), argument).output().split("\\s+"));
    for (String word : words) {
      if (!known.contains(word)) {
        throw missing("the part " + word + " of " + program, environment);
      }
    }
    return path;
  }

  static RuntimeException missing(String what, Map<String, String> environment) {
    String missing = "%s is not installed; .ci/run installs it on Debian".formatted(what);
    if (environment.getOrDefault("CI", "").equalsIgnoreCase("true")) {
      throw new AssertionError(missing);
    }
    Assumptions.abort(missing);
    return new IllegalStateException("an aborted assumption returned");
  }

  private static Optional<Path> find(String program, String path) {
    return Stream.concat(Stream.of(path.split(File.pathSeparator)), MORE_FOLDERS.stream())
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
