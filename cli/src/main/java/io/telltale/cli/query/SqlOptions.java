package io.telltale.cli.query;

import io.telltale.cli.api.OutputFile;
import io.telltale.cli.api.ServerOptions;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What every command takes that asks the lake. */
final class SqlOptions {
  static final String MISTAKE = "give one SELECT, as an argument or by --query";

  @Parameters(paramLabel = "SQL", arity = "0..1", description = "One SELECT.")
  private @Nullable String argument;

  @Option(names = "--query", paramLabel = "SQL", description = "The SELECT, instead of SQL.")
  private @Nullable String option;

  @Option(
      names = {"-o", "--output", "--out"},
      paramLabel = "FILE",
      description =
          "Write the answer there, mode 0600, instead of printing it. What is there is replaced.")
  private @Nullable Path output;

  @Option(names = "--purpose", paramLabel = "TEXT", description = "Why you ask; recorded.")
  private @Nullable String purpose;

  /** Empty unless there is exactly one. */
  Optional<String> sql() {
    return argument != null && option != null
        ? Optional.empty()
        : Optional.ofNullable(argument == null ? option : argument);
  }

  /** Ends the command where that file could not be written: before the work, not after. */
  Optional<Path> output(ServerOptions options) {
    Optional<Path> file = Optional.ofNullable(output);
    options.requireFree("--output", file.flatMap(OutputFile::obstacleToAnswer));
    return file;
  }

  /** What was given, or {@code usual}. */
  String purpose(String usual) {
    return purpose == null ? usual : purpose;
  }
}
