package io.telltale.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Runs a command line as a person would type it. */
record Cli(int exit, String out, String err) {
  @Command(name = "./telltale")
  static final class Top {}

  static CommandLine line() {
    var line = new CommandLine(new Top());
    Commands.purposes().keySet().forEach(name -> line.addSubcommand(Commands.named(name)));
    return line.setParameterExceptionHandler(new UsageErrors());
  }

  static Cli run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int exit =
        line()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    return new Cli(exit, out.toString(), err.toString());
  }
}
