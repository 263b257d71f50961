package io.telltale.server.command;

import io.telltale.kernel.Finding;
import io.telltale.server.Config;
import io.telltale.server.checks.FolderCheck;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code telltale check}: is everything in a data folder as it was written? */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = {CheckCommand.PURPOSE, "The server on it must be stopped."},
    footer = {
      "",
      "Example: ./telltale check --deep",
      "Exit codes: 0 nothing is wrong, 1 something is or is unreadable, 2 wrong usage."
    })
final class CheckCommand implements Callable<Integer> {
  static final String PURPOSE =
      "Read a data folder again and name what is not as it was written, with what to do.";

  @Spec private @Nullable CommandSpec spec;

  @Mixin private FolderOptions folder = new FolderOptions();

  @Option(
      names = "--deep",
      description = {
        "Read every byte, not only what a start reads",
        "(how long: docs/operating.md)."
      })
  private boolean deep;

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("picocli sets the command");
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Optional<Config> config = folder.read(err::println);
    if (config.isEmpty()) {
      return 2;
    }
    FolderCheck.Outcome outcome = FolderCheck.run(config.get(), deep, err::println);
    outcome.findings().stream().map(Finding::textOfStopped).forEach(out::println);
    if (outcome.unread() > 0) {
      out.printf(
          "%,d objects were not read: their key is disabled or destroyed%n", outcome.unread());
    }
    if (outcome.findings().isEmpty() && deep) {
      out.printf("all is as it was written: %,d bytes read%n", outcome.bytes());
    } else if (outcome.findings().isEmpty()) {
      out.println("what a start reads is as it was written; --deep reads all");
    }
    return outcome.findings().isEmpty() ? 0 : 1;
  }
}
