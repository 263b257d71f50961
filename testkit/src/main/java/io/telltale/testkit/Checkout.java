package io.telltale.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Where this project's files lie, whichever module's folder the test runs in. */
public final class Checkout {
  private Checkout() {}

  /** The project's root folder, which has the launcher {@code telltale}. */
  public static Path root() {
    return ancestors()
        .filter(folder -> Files.isRegularFile(folder.resolve("telltale")))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("tests must run inside the checkout"));
  }

  /** Whether a file or folder of that name in the root folder is not to be tracked. */
  public static boolean ignores(String name) {
    try (Stream<String> lines = Files.lines(root().resolve(".gitignore"))) {
      return lines
          .filter(line -> line.startsWith("/"))
          .map(line -> "glob:" + line.substring(1).replaceFirst("/$", ""))
          .anyMatch(glob -> FileSystems.getDefault().getPathMatcher(glob).matches(Path.of(name)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Optional<Path> sharedFolder() {
    return ancestors()
        .map(folder -> folder.resolveSibling("shared"))
        .filter(folder -> Files.isDirectory(folder.resolve("vectors")))
        .findFirst();
  }

  private static Stream<Path> ancestors() {
    return Stream.iterate(
        Path.of("").toAbsolutePath(), folder -> folder.getParent() != null, Path::getParent);
  }
}
