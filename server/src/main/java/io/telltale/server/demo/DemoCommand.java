package io.telltale.server.demo;

import io.telltale.server.Config;
import io.telltale.server.Configurations;
import io.telltale.server.Interruption;
import io.telltale.server.replay.ReplayOptions;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code telltale demo}: the whole story on one machine. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      DemoCommand.PURPOSE,
      "Exit codes: 0 every step went as it should, 1 one did not, 2 wrong usage.",
      "Besides: 130 after Ctrl-C, which is clean at any moment."
    },
    footer = {
      "",
      "Examples:",
      "  ./telltale demo",
      "  ./telltale demo --once --devices 10 --seconds 15",
      "  ./telltale demo --replay readings.csv --value-column value --unit degF"
    })
public final class DemoCommand implements Callable<Integer> {
  /** What it is for, in the list of all commands. */
  public static final String PURPOSE =
      "Start everything, enroll a small factory over real sockets, and prove a number.";

  private static final int DEVICES_MAX = 5_000;

  private final Supplier<CommandLine> program;
  private final String mainClass;

  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--once", description = "End after the story instead of staying up.")
  private boolean once;

  @Option(
      names = "--devices",
      paramLabel = "N",
      defaultValue = "25",
      description = "How many machines (default: ${DEFAULT-VALUE}).")
  private int devices = 25;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "8",
      description =
          "How long to publish before the story; a replayed file is spread over it"
              + " (default: ${DEFAULT-VALUE}).")
  private int seconds = 8;

  @Mixin private ReplayOptions replay = new ReplayOptions();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of the simulation (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:TELLTALE_DATA:-telltale-data}",
      description = {"Data folder", "(default: ./telltale-data, or $$TELLTALE_DATA)."})
  private Path data = Path.of("telltale-data");

  /**
   * @param program makes the whole command line, to type into as a person would
   * @param mainClass starts it in a process of its own
   */
  public DemoCommand(Supplier<CommandLine> program, String mainClass) {
    this.program = program;
    this.mainClass = mainClass;
  }

  @Override
  public Integer call() throws Exception {
    CommandLine line = spec == null ? new CommandLine(this) : spec.commandLine();
    if (devices < 2 || devices > DEVICES_MAX) {
      throw new ParameterException(line, "--devices must be between 2 and " + DEVICES_MAX);
    }
    if (seconds < 5 || seconds > 3600) {
      throw new ParameterException(line, "--seconds must be between 5 and 3600");
    }
    if (spec != null) {
      replay.refuseWithoutFile();
    }
    Optional<Config> config =
        Configurations.read(Optional.empty(), data, problem -> line.getErr().println(problem));
    if (config.isEmpty()) {
      return 2;
    }
    Optional<DemoSettings.Replay> file;
    try {
      String unit = replay.unit().orElse("degC");
      file = replay.file().map(path -> new DemoSettings.Replay(path, replay.format(), unit));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(line, String.valueOf(e.getMessage()));
    }
    var settings = new DemoSettings(config.get(), devices, seconds, once, file, seed);
    var stage = new Story.Stage(Screen.standard(), new Shell(program, mainClass));
    return new Demo(settings, stage, Interruption.watch()).run();
  }
}
