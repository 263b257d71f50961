package io.telltale.server;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/** How every command that starts a server gets its configuration. */
public final class Configurations {
  private Configurations() {}

  /** Empty when there are mistakes; each goes to {@code report}. */
  public static Optional<Config> read(Optional<Path> file, Path data, Consumer<String> report) {
    return switch (ConfigReader.read(file, System.getenv(), data)) {
      case ConfigReader.Outcome.Ready(Config config) -> Optional.of(config);
      case ConfigReader.Outcome.Mistakes(var problems) -> {
        problems.forEach(problem -> report.accept("telltale: " + problem));
        yield Optional.empty();
      }
    };
  }
}
