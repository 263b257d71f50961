package io.telltale.server.command;

import io.telltale.server.Config;
import io.telltale.server.Interruption;
import io.telltale.server.Server;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code telltale run}: all roles in this process until Ctrl-C. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = RunCommand.PURPOSE,
    footer = {
      "",
      "Example: ./telltale run --config telltale.yaml --data /var/lib/telltale",
      "Exit codes: 1 could not start, 2 wrong usage or settings.",
      "Once started: 75 an event loop was stuck, 130 ended by Ctrl-C, 143 by SIGTERM."
    })
final class RunCommand implements Callable<Integer> {
  static final String PURPOSE = "Start the server: every role in one process, on embedded parts.";

  @Spec private @Nullable CommandSpec spec;

  @Mixin private FolderOptions folder = new FolderOptions();

  @Option(
      names = "--roles",
      paramLabel = "ROLES",
      defaultValue = "all",
      description = "Only 'all' so far: splitting roles over processes is not built yet.")
  private String roles = "all";

  @Override
  public Integer call() throws InterruptedException {
    if (spec == null) {
      throw new IllegalStateException("picocli sets the command");
    }
    PrintWriter err = spec.commandLine().getErr();
    if (!roles.equals("all")) {
      err.println("telltale run: --roles " + roles + " is not built yet; only 'all' is");
      return 2;
    }
    Optional<Config> config = folder.read(err::println);
    return config.isEmpty() ? 2 : serve(config.get());
  }

  private static int serve(Config config) throws InterruptedException {
    Interruption interruption = Interruption.watch();
    try {
      try (Server server = Server.start(config)) {
        System.out.println(server.banner());
        System.out.println(server.budget());
        interruption.await();
        server.endsBecause(Interruption.WHY);
        System.out.println("Telltale is stopping: what is under way is finished");
      }
      System.out.println("Telltale has ended");
    } finally {
      interruption.end();
    }
    return 0;
  }
}
