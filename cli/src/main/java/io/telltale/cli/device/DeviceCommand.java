package io.telltale.cli.device;

import io.telltale.cli.ExitCode;
import io.telltale.cli.api.Lifetime;
import io.telltale.cli.api.OutputFile;
import io.telltale.cli.api.Paths;
import io.telltale.cli.api.ReasonOption;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Fields;
import io.telltale.cli.print.Table;
import io.telltale.kernel.Inert;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import tools.jackson.databind.JsonNode;

/** {@code telltale device …}: the fleet. */
@Command(
    name = "device",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    description = DeviceCommand.PURPOSE,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = DeviceSetCommand.class,
    footer = {
      "",
      "Examples:",
      "  ./telltale device add press-07 --type press --site north-hall",
      "  ./telltale device revoke press-07 --reason \"stolen from the yard\"",
      ExitCode.HELP
    })
public final class DeviceCommand {
  public static final String PURPOSE = "Register devices, look at them, change them, cut them off.";

  private static final String DEVICES = "/v1/devices";

  @Command(
      name = "list",
      description = "List devices, a page at a time.",
      footer = {
        "",
        "Example: ./telltale device list --state quarantined --limit 200",
        ExitCode.HELP
      })
  int list(
      @Mixin ServerOptions options,
      @Option(
              names = "--state",
              paramLabel = "STATE",
              defaultValue = "",
              description = "Only this state.")
          String state,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "50",
              description = "Page size (default: ${DEFAULT-VALUE}).")
          int limit,
      @Option(
              names = "--after",
              paramLabel = "ID",
              defaultValue = "",
              description = "Last id of the page before.")
          String after) {
    options.bound("--limit", limit, 1, 1_000);
    return options.run(
        connection ->
            connection.get(
                Paths.of(DEVICES)
                    .with("limit", Integer.toString(limit))
                    .with("after", after)
                    .with("state", state)
                    .toString()),
        ok -> printList(options, ok.json()));
  }

  private static int printList(ServerOptions options, JsonNode answer) {
    var table = new Table("DEVICE", "STATE", "TYPE", "SITE", "FIRMWARE", "LAST SEEN");
    for (JsonNode device : answer.path("devices")) {
      table.add(
          Fields.scalar(device.path("id")),
          Fields.scalar(device.path("state")),
          Fields.scalar(device.path("type")),
          Fields.scalar(device.path("site")),
          Fields.scalar(device.path("firmware")),
          Fields.scalar(device.path("lastSeen")));
    }
    table.print(options.out());
    String next = answer.path("next").asString("");
    if (!next.isEmpty()) {
      options.out().println("more: add --after " + Inert.text(next));
    }
    return ExitCode.OK;
  }

  @Command(
      name = "show",
      description = "Show one device with its credentials.",
      footer = {"", "Example: ./telltale device show press-07", ExitCode.HELP})
  int show(@Mixin ServerOptions options, @Parameters(paramLabel = "ID") String id) {
    return options.run(
        connection -> connection.get(DEVICES + "/" + Paths.segment(id)),
        ok -> {
          Fields.print(options.out(), ok.json(), "");
          return ExitCode.OK;
        });
  }

  @Command(
      name = "history",
      description = "Show what was done to a device, by whom and why.",
      footer = {"", "Example: ./telltale device history press-07", ExitCode.HELP})
  int history(@Mixin ServerOptions options, @Parameters(paramLabel = "ID") String id) {
    return options.run(
        connection -> connection.get(DEVICES + "/" + Paths.segment(id) + "/history"),
        ok -> {
          var table = new Table("TIME", "FROM", "TO", "ACTOR", "REASON", "CHANGES");
          for (JsonNode step : ok.json().path("history")) {
            table.add(
                Fields.scalar(step.path("time")),
                Fields.scalar(step.path("from")),
                Fields.scalar(step.path("to")),
                Fields.scalar(step.path("actor")),
                Fields.scalar(step.path("reason")),
                changes(step));
          }
          table.print(options.out());
          return ExitCode.OK;
        });
  }

  private static String changes(JsonNode step) {
    var all = new StringJoiner("; ");
    for (JsonNode change : step.path("changes")) {
      all.add(
          "%s: '%s' to '%s'"
              .formatted(
                  Fields.scalar(change.path("field")),
                  Fields.scalar(change.path("before")),
                  Fields.scalar(change.path("after"))));
    }
    return all.toString();
  }

  @Command(
      name = "add",
      description = "Register a device; the same again changes nothing.",
      footer = {
        "",
        "Example: ./telltale device add press-07 --type press --site north-hall",
        ExitCode.HELP
      })
  int add(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "ID") String id,
      @Option(
              names = "--type",
              paramLabel = "NAME",
              required = true,
              description = "A type the policy knows.")
          String type,
      @Option(
              names = "--environment",
              paramLabel = "NAME",
              defaultValue = "production",
              description = "Part of its key scope (default: ${DEFAULT-VALUE}).")
          String environment,
      @Option(
              names = "--region",
              paramLabel = "NAME",
              defaultValue = "local",
              description = "Part of its key scope (default: ${DEFAULT-VALUE}).")
          String region,
      @Option(
              names = "--product-line",
              paramLabel = "NAME",
              defaultValue = "main",
              description = "Part of its key scope (default: ${DEFAULT-VALUE}).")
          String productLine,
      @Option(
              names = "--owner-team",
              paramLabel = "TEXT",
              defaultValue = "",
              description = "Who looks after it.")
          String ownerTeam,
      @Option(
              names = "--site",
              paramLabel = "TEXT",
              defaultValue = "",
              description = "Where it stands.")
          String site,
      @Option(
              names = "--label",
              paramLabel = "KEY=VALUE",
              description = "Anything else; may be given repeatedly.")
          Map<String, String> labels) {
    var device = new LinkedHashMap<String, Object>();
    device.put("id", id);
    device.put("type", type);
    device.put("environment", environment);
    device.put("region", region);
    device.put("productLine", productLine);
    putUnlessEmpty(device, "ownerTeam", ownerTeam);
    putUnlessEmpty(device, "site", site);
    device.put("labels", labels == null ? Map.of() : labels);
    return options.run(
        connection -> connection.post(DEVICES, device),
        ok -> {
          options.out().println(added(options, id, ok.json().path("state").asString("")));
          return ExitCode.OK;
        });
  }

  // It may have been there before, with a life behind it.
  private static String added(ServerOptions options, String id, String state) {
    return switch (state) {
      case "retired" ->
          "registered already, and retired for good; next: register the machine under another id";
      case "quarantined" ->
          "registered already, and quarantined; next: "
              + options.command("device", "release", id, "--reason", "WHY");
      case "disabled", "compromised" ->
          "registered already, and %s; next: %s"
              .formatted(state, options.command("device", "readmit", id, "--reason", "WHY"));
      default ->
          "registered; next: "
              + options.command("enroll-token", "create", "--device", id, "--out", id + ".json");
    };
  }

  private static void putUnlessEmpty(Map<String, Object> into, String name, String value) {
    if (!value.isEmpty()) {
      into.put(name, value);
    }
  }

  @Command(
      name = "import",
      description = {
        "Register devices from a CSV file.",
        "Its first line names the columns: id, type, environment, region, productLine and"
            + " optionally ownerTeam, site, labels (key=value;key=value). Any size; what is"
            + " registered already stays as it is, so the same file can be sent again; a row whose"
            + " device was changed since fails, and says what differs."
      },
      footer = {"", "Example: ./telltale device import fleet.csv --out-dir tokens", ExitCode.HELP})
  int importFile(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "FILE") Path file,
      @Option(
              names = "--from-line",
              paramLabel = "LINE",
              defaultValue = "1",
              description = "Leave out the rows before this line, sent by an earlier run.")
          long fromLine,
      @Option(
              names = "--out-dir",
              paramLabel = "DIR",
              description =
                  "Also write a token file DIR/ID.json, mode 0600, for each that has not"
                      + " enrolled.")
          @Nullable Path tokenFolder,
      @Option(
              names = "--ttl",
              paramLabel = "TIME",
              defaultValue = "",
              description = "With --out-dir: how long a token is good (default: 24h).")
          String ttl) {
    Optional<Duration> life = Lifetime.parse(ttl.isEmpty() ? "24h" : ttl);
    if (life.isEmpty()) {
      throw options.mistake("--ttl must look like " + Lifetime.FORM);
    }
    if (!ttl.isEmpty() && tokenFolder == null) {
      throw options.mistake("--ttl is of the tokens that --out-dir asks for: give that, too");
    }
    options.bound("--from-line", fromLine, 1, Long.MAX_VALUE);
    options.file(file);
    options.requireFree(
        "--out-dir", Optional.ofNullable(tokenFolder).flatMap(OutputFile::obstacleIn));
    Optional<TokenFiles> tokens =
        Optional.ofNullable(tokenFolder)
            .map(folder -> new TokenFiles(folder, life.get(), options.err()));
    var rows = new DeviceImport(file, fromLine, options.err(), tokens);
    int exit =
        options.run(
            rows::run,
            ok -> {
              options.out().println(rows.summary());
              tokens.ifPresent(files -> options.out().println(files.summary()));
              return ExitCode.OK;
            });
    long failed = rows.failed() + tokens.map(TokenFiles::failed).orElse(0L);
    return exit == ExitCode.OK && failed > 0 ? ExitCode.REFUSED : exit;
  }

  @Command(
      name = "quarantine",
      description = "Cut a device off for now.",
      footer = {
        "",
        "Example: ./telltale device quarantine press-07 --reason \"readings look wrong\"",
        ExitCode.HELP
      })
  int quarantine(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "ID") String id,
      @Mixin ReasonOption reason) {
    return act(options, id, "quarantine", reason);
  }

  @Command(
      name = "release",
      description = "End a quarantine.",
      footer = {
        "",
        "Example: ./telltale device release press-07 --reason \"sensor was replaced\"",
        ExitCode.HELP
      })
  int release(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "ID") String id,
      @Mixin ReasonOption reason) {
    return act(options, id, "release", reason);
  }

  @Command(
      name = "disable",
      description = "Take a device out of service.",
      footer = {
        "",
        "Example: ./telltale device disable press-07 --reason \"hall is closed\"",
        ExitCode.HELP
      })
  int disable(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "ID") String id,
      @Mixin ReasonOption reason) {
    return act(options, id, "disable", reason);
  }

  @Command(
      name = "revoke",
      description = "Cut a device off everywhere, at once: sessions, certificates, tokens.",
      footer = {
        "",
        "Example: ./telltale device revoke press-07 --reason \"stolen from the yard\"",
        ExitCode.HELP
      })
  int revoke(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "ID") String id,
      @Mixin ReasonOption reason) {
    return act(options, id, "revoke", reason);
  }

  @Command(
      name = "retire",
      description = "End a device's life for good.",
      footer = {
        "",
        "Example: ./telltale device retire press-07 --reason \"scrapped\"",
        ExitCode.HELP
      })
  int retire(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "ID") String id,
      @Mixin ReasonOption reason) {
    return act(options, id, "retire", reason);
  }

  @Command(
      name = "readmit",
      description = "Let a device that was cut off enroll again.",
      footer = {
        "",
        "Example: ./telltale device readmit press-07 --reason \"found again\"",
        ExitCode.HELP
      })
  int readmit(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "ID") String id,
      @Mixin ReasonOption reason) {
    return act(options, id, "readmit", reason);
  }

  @Command(
      name = "allow-return",
      description = {
        "Let a device renew once with a certificate that has ended.",
        "As far as the policy of its type goes (renewAfterExpiryDays). Any later step of its life"
            + " takes it back."
      },
      footer = {
        "",
        "Example: ./telltale device allow-return buoy-12 --reason \"back from the sea\"",
        ExitCode.HELP
      })
  int allowReturn(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "ID") String id,
      @Option(
              names = "--ttl",
              paramLabel = "TIME",
              defaultValue = "7d",
              description = "For how long, like " + Lifetime.FORM + " (default: ${DEFAULT-VALUE}).")
          String ttl,
      @Mixin ReasonOption reason) {
    Duration life =
        Lifetime.parse(ttl)
            .orElseThrow(() -> options.mistake("--ttl must be a time like " + Lifetime.FORM));
    return options.run(
        connection ->
            connection.post(
                DEVICES + "/" + Paths.segment(id) + "/allow-return",
                Map.of("ttlSeconds", life.toSeconds(), "reason", reason.text())),
        ok -> {
          Fields.print(options.out(), ok.json(), "");
          return ExitCode.OK;
        });
  }

  private static int act(ServerOptions options, String id, String verb, ReasonOption reason) {
    return options.run(
        connection ->
            connection.post(
                DEVICES + "/" + Paths.segment(id) + "/" + verb, Map.of("reason", reason.text())),
        ok -> {
          Fields.print(options.out(), ok.json(), "");
          return ExitCode.OK;
        });
  }
}
