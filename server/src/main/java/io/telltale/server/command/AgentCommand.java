package io.telltale.server.command;

import io.telltale.crypto.Entropy;
import io.telltale.device.Agent;
import io.telltale.device.EnrollmentToken;
import io.telltale.device.MqttConnector;
import io.telltale.device.MqttPublisher;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Counted;
import io.telltale.kernel.FirmwareVersion;
import io.telltale.kernel.HttpsAddress;
import io.telltale.server.Interruption;
import io.telltale.server.replay.ReplayOptions;
import io.telltale.verifier.StandardOutput;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code telltale agent}: this machine as a device. */
@Command(
    name = "agent",
    mixinStandardHelpOptions = true,
    description = {
      AgentCommand.PURPOSE,
      "Each line of the standard input is one reading, a JSON object of numbers by metric, such as"
          + " {\"temperature\": 21.5}; at its end the agent waits for the last answer. With"
          + " --simulate it reads a simulated machine, with --replay a CSV file, with the times"
          + " that stand there; the same again goes on where it ended.",
      "What is not acknowledged is kept, sealed, and sent again, also after a restart."
    },
    footer = {
      "",
      "Exit codes: 0 all acknowledged, what was kept before too, 1 some was refused.",
      "Besides: 2 wrong usage, 3 no server or not all taken, 130 after Ctrl-C.",
      "",
      "Examples:",
      "  ./telltale agent --token-file token.json < readings.jsonl",
      "  ./telltale agent --simulate",
      "  ./telltale agent --replay 2024.csv --type history --time-column when \\",
      "    --zone Europe/Rome"
    })
final class AgentCommand implements Callable<Integer> {
  static final String PURPOSE =
      "Be a device: enroll with a token file, connect, publish, renew in time.";

  private static final long CLOSE_SECONDS_MAX = 5;
  private static final long STATE_EVERY_SECONDS = 5;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "From 'enroll-token create'; needed once. A new one enrolls the device anew.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = {"Where to enroll, if not where the token file says:", "https://HOST:PORT"})
  private @Nullable URI server;

  @Option(
      names = "--device-data",
      paramLabel = "DIR",
      defaultValue = "telltale-agent",
      description = "Where the device keeps its key, certificate and unsent readings.")
  private Path folder = Path.of("telltale-agent");

  @Option(
      names = "--key",
      paramLabel = "KIND",
      defaultValue = "file",
      description = "Where the private key lives; only 'file' is built, not tpm and pkcs11.")
  private String key = "file";

  @Option(
      names = "--type",
      paramLabel = "NAME",
      defaultValue = "telemetry",
      description = "The message type, last part of the topic (default: ${DEFAULT-VALUE}).")
  private String type = "telemetry";

  @Option(
      names = "--firmware",
      paramLabel = "VERSION",
      defaultValue = "",
      description = "The firmware version that this device claims (default: it claims none).")
  private String firmware = "";

  @Option(names = "--simulate", description = "Publish a simulated machine's readings.")
  private boolean simulate;

  @Option(
      names = "--every",
      paramLabel = "SECONDS",
      defaultValue = "1",
      description = "With --simulate: seconds between readings (default: ${DEFAULT-VALUE}).")
  private int everySeconds = 1;

  @Mixin private ReplayOptions replay = new ReplayOptions();

  @Option(
      names = "--metric",
      paramLabel = "NAME",
      description = "With --replay: what the readings are called (default: as their column).")
  private @Nullable String metric;

  @Option(
      names = "--anew",
      description = "With --replay: send all of the file again, whatever was sent of it before.")
  private boolean anew;

  @Option(
      names = "--list-aside",
      description = {
        "Print the readings that the server refused for good, each with its reason, and end.",
        "They stay in DIR/aside until you delete that file."
      })
  private boolean listAside;

  @Option(
      names = "--unsent-aside",
      paramLabel = "TYPE",
      description = {
        "Take the readings of that message type that wait to be sent out of the queue, keep them",
        "with those that were refused, and end."
      })
  private @Nullable String unsentAside;

  @Override
  public Integer call() throws IOException {
    if (!key.equals("file")) {
      throw usage("--key " + key + " is not built yet; only 'file' is");
    }
    if (folder.toString().isEmpty()) {
      throw usage("--device-data is empty: name a folder (is a variable of the command not set?)");
    }
    if (everySeconds < 1 || everySeconds > 86_400) {
      throw usage("--every must be between 1 and 86400");
    }
    if (!MqttPublisher.isType(type)) {
      throw usage("--type must be the name of a message type, like 'telemetry'");
    }
    if (!firmware.isEmpty() && !FirmwareVersion.valid(firmware)) {
      throw usage("--firmware must be a version, like '1.4.2'");
    }
    if (server != null && !HttpsAddress.valid(server)) {
      throw usage("--server %s: no token goes in clear".formatted(HttpsAddress.FORM));
    }
    if (simulate && replay.file().isPresent()) {
      throw usage("--simulate and --replay are two sources: give one");
    }
    replay.refuseWithoutFile("--metric", "--anew");
    if (!simulate && command().commandLine().getParseResult().hasMatchedOption("--every")) {
      throw usage("--every goes with --simulate only");
    }
    Optional<History> history = history();
    if (unsentAside != null) {
      return setUnsentAside(unsentAside);
    }
    if (listAside) {
      return listAside();
    }
    Optional<EnrollmentToken> token = token();
    Interruption interruption = Interruption.watch();
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon(true).name("agent").factory());
    try (var connector = new MqttConnector(1)) {
      return work(connector, timer, new Task(token, history), interruption);
    } finally {
      interruption.end();
    }
  }

  private int work(
      MqttConnector connector, ScheduledExecutorService timer, Task task, Interruption interruption)
      throws IOException {
    try {
      var parts =
          new Agent.Parts(
              connector, timer, InstantSource.system(), new SecureRandom(), Entropy.system());
      return switch (Agent.open(folder, task.token(), parts)) {
        case Agent.Opened.Ready(Agent agent) -> publish(agent, task.history(), timer, interruption);
        case Agent.Opened.Refused(String why) -> say(why, 1);
        case Agent.Opened.TokenNeeded _ ->
            throw usage("no device is enrolled in %s: give a token file".formatted(folder));
        case Agent.Opened.TryLater(String why) -> say(why, 3);
      };
    } finally {
      // Before the connector closes: nobody connects any more then.
      end(timer);
    }
  }

  private int listAside() {
    var out = command().commandLine().getOut();
    Agent.aside(folder, new SecureRandom(), Entropy.system()).forEach(out::println);
    out.flush();
    // Who kept them deletes the file that they are in.
    return StandardOutput.checked(0, 1);
  }

  private int setUnsentAside(String unsent) {
    if (!MqttPublisher.isType(unsent)) {
      throw usage("--unsent-aside must be the name of a message type, like 'telemetry'");
    }
    return switch (Agent.setUnsentAside(folder, unsent, new SecureRandom(), Entropy.system())) {
      case Agent.SetUnsentAside.Busy(String why) -> say(why, 1);
      case Agent.SetUnsentAside.Done(int moved, int left) when moved + left == 0 ->
          say("no reading of type %s waits in %s".formatted(unsent, folder), 1);
      case Agent.SetUnsentAside.Done(int moved, int left) -> {
        err()
            .println(
                Counted.of(
                        moved,
                        "reading of type " + unsent + " is",
                        "readings of type " + unsent + " are")
                    + " set aside; --list-aside shows them");
        yield left == 0
            ? 0
            : say("%d stay: there is no room; delete the file 'aside'".formatted(left), 1);
      }
    };
  }

  /** What was asked of it before, the closing of the queue above all, is done first. */
  private static void end(ScheduledExecutorService timer) {
    try {
      timer.submit(() -> {}).get(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("ending the agent", e);
    } finally {
      timer.shutdownNow();
    }
  }

  private int publish(
      Agent agent,
      Optional<History> history,
      ScheduledExecutorService timer,
      Interruption interruption)
      throws IOException {
    try (agent;
        var feed = new AgentFeed(agent, new AgentFeed.Message(type, firmware, folder), err())) {
      var _ =
          timer.scheduleAtFixedRate(
              feed::sayState, STATE_EVERY_SECONDS, STATE_EVERY_SECONDS, TimeUnit.SECONDS);
      err().println("%s, certificate valid until %s".formatted(agent.device(), agent.validUntil()));
      agent.notice().ifPresent(err()::println);
      if (history.isPresent()) {
        feed.file(history.get(), interruption);
      } else if (simulate) {
        feed.simulate(Duration.ofSeconds(everySeconds), interruption);
      } else {
        feed.lines(System.in, interruption);
      }
      return feed.finish(interruption);
    } catch (InterruptedException e) {
      return 130;
    }
  }

  /** What was asked of it, read before anything is done. */
  private record Task(Optional<EnrollmentToken> token, Optional<History> history) {}

  private Optional<History> history() {
    replay
        .file()
        .filter(path -> !Files.isReadable(path) || Files.isDirectory(path))
        .ifPresent(
            path -> {
              throw usage(
                  "--replay: %s".formatted(path)
                      + (Files.exists(path) ? " is no file that can be read" : " is not there"));
            });
    try {
      String name = metric == null ? replay.valueColumn() : metric;
      return replay
          .file()
          .map(path -> new History(path, replay.format(), type, name, replay.unit(), anew));
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private Optional<EnrollmentToken> token() {
    if (tokenFile == null) {
      return Optional.empty();
    }
    EnrollmentToken.Parsed parsed;
    try {
      parsed = EnrollmentToken.parse(Bytes.adopt(Files.readAllBytes(tokenFile)));
    } catch (NoSuchFileException _) {
      throw usage(
          "--token-file: there is no file %s; './telltale enroll-token create' writes it"
              .formatted(tokenFile));
    } catch (IOException e) {
      throw usage(
          (Files.isDirectory(tokenFile)
                  ? "--token-file: %s is a folder: name a file"
                  : "--token-file: %s cannot be read")
              .formatted(tokenFile));
    }
    return switch (parsed) {
      case EnrollmentToken.Parsed.Token(EnrollmentToken found) ->
          Optional.of(server == null ? found : found.at(server));
      case EnrollmentToken.Parsed.Malformed(String why) ->
          throw usage(tokenFile + " is not a token file: " + why);
    };
  }

  private int say(String why, int exitCode) {
    err().println("telltale agent: " + why);
    return exitCode;
  }

  private java.io.PrintWriter err() {
    return command().commandLine().getErr();
  }

  private ParameterException usage(String what) {
    return new ParameterException(command().commandLine(), what);
  }

  private CommandSpec command() {
    if (spec == null) {
      throw new IllegalStateException("picocli sets the command");
    }
    return spec;
  }
}
