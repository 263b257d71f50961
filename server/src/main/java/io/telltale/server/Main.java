package io.telltale.server;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The one program: every command of {@code ./telltale} starts here. */
@Command(
    name = "telltale",
    mixinStandardHelpOptions = true,
    version = "telltale 0.1.0-SNAPSHOT",
    description = "Secures an IoT data pipeline end to end.",
    footer = "Not built yet: all commands. The foundation is laid; the first will be `demo`.")
final class Main implements Runnable {
  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the field before it calls run()
  Main() {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
