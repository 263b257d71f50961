package io.telltale.server.command;

import io.telltale.server.Config;
import io.telltale.server.Configurations;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which data folder, by which settings. */
final class FolderOptions {
  @Option(names = "--config", paramLabel = "FILE", description = "YAML file with settings.")
  private @Nullable Path configFile;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:TELLTALE_DATA:-telltale-data}",
      description = {"Data folder", "(default: ./telltale-data, or $$TELLTALE_DATA)."})
  private Path data = Path.of("telltale-data");

  /** Empty when there are mistakes in it, which {@code told} is told. */
  Optional<Config> read(Consumer<String> told) {
    return Configurations.read(Optional.ofNullable(configFile), data, told);
  }
}
