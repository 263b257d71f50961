package io.telltale.cli.service;

import io.telltale.cli.ExitCode;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Fields;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code telltale status}. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = StatusCommand.PURPOSE,
    footer = {"", "Example: ./telltale status --json", ExitCode.HELP})
public final class StatusCommand implements Callable<Integer> {
  public static final String PURPOSE = "Show how the server is doing.";

  @Mixin private final ServerOptions options = new ServerOptions();

  @Override
  public Integer call() {
    return options.run(
        connection -> connection.get("/v1/status"),
        ok -> {
          Fields.print(options.out(), ok.json(), "");
          return ExitCode.OK;
        });
  }
}
