package io.telltale.cli.query;

import io.telltale.cli.ExitCode;
import io.telltale.cli.api.Paths;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Fields;
import io.telltale.cli.print.Table;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import tools.jackson.databind.JsonNode;

/** {@code telltale deadletter …}. */
@Command(
    name = "deadletter",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    description = DeadLetterCommand.PURPOSE,
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  ./telltale deadletter list --device press-7",
      "  ./telltale deadletter replay --reason value-out-of-range",
      ExitCode.HELP
    })
public final class DeadLetterCommand {
  public static final String PURPOSE = "Records that were acknowledged and could not be processed.";

  @Command(
      name = "list",
      description = "List them, newest first.",
      footer = {"", "Example: ./telltale deadletter list --device press-07", ExitCode.HELP})
  int list(
      @Mixin ServerOptions options,
      @Option(
              names = "--device",
              paramLabel = "ID",
              defaultValue = "",
              description = "Only this device's.")
          String device,
      @Option(
              names = "--reason",
              paramLabel = "REASON",
              defaultValue = "",
              description = "Only those with this REASON, for instance value-out-of-range.")
          String reason,
      @Option(
              names = "--before",
              paramLabel = "NUMBER",
              defaultValue = "",
              description = "Only numbers below this: the next page.")
          String before,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "20",
              description = "How many (default: ${DEFAULT-VALUE}).")
          int limit) {
    options.bound("--limit", limit, 1, 1_000);
    options.whole("--before", before, 0);
    return options.run(
        connection ->
            connection.get(
                Paths.of("/v1/deadletters")
                    .with("device", device)
                    .with("reason", reason)
                    .with("before", before)
                    .with("limit", Integer.toString(limit))
                    .toString()),
        ok -> {
          var table = new Table("NUMBER", "TIME", "DEVICE", "RECORD", "REASON", "REPLAYABLE");
          for (JsonNode letter : ok.json().path("letters")) {
            table.add(
                Fields.scalar(letter.path("number")),
                Fields.scalar(letter.path("time")),
                Fields.scalar(letter.path("device")),
                Fields.scalar(letter.path("record")),
                Fields.scalar(letter.path("reason")),
                letter.path("replaying").asBoolean()
                    ? "on its way"
                    : Fields.scalar(letter.path("replayable")));
          }
          table.print(options.out());
          return ExitCode.OK;
        });
  }

  @Command(
      name = "show",
      description = "Show one with its payload, if you may open its scope.",
      footer = {"", "Example: ./telltale deadletter show 41", ExitCode.HELP})
  int show(@Mixin ServerOptions options, @Parameters(paramLabel = "NUMBER") long number) {
    return options.run(
        connection -> connection.get("/v1/deadletters/" + number),
        ok -> {
          Fields.print(options.out(), ok.json(), "");
          return ExitCode.OK;
        });
  }

  @Command(
      name = "replay",
      description = {
        "Send some through again, judged by the policy in force now.",
        "Those that a NUMBER, --device and --reason name together. Where none matches, or none"
            + " can be sent, nothing is done and it exits with 1."
      },
      footer = {
        "",
        "Example: ./telltale deadletter replay --reason value-out-of-range",
        ExitCode.HELP
      })
  int replay(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "NUMBER", arity = "0..1", description = "This one only.")
          @Nullable Long number,
      @Option(
              names = "--device",
              paramLabel = "ID",
              defaultValue = "",
              description = "Only this device's.")
          String device,
      @Option(
              names = "--reason",
              paramLabel = "REASON",
              defaultValue = "",
              description =
                  "Only those whose REASON in the list is this one, for instance"
                      + " value-out-of-range: a filter, not why you do it.")
          String reason) {
    var body = new LinkedHashMap<String, Object>();
    if (number != null) {
      body.put("number", number);
    }
    putGiven(body, "device", device);
    putGiven(body, "reason", reason);
    if (body.isEmpty()) {
      throw options.mistake("give a NUMBER, --device or --reason");
    }
    return options.run(
        connection -> connection.post("/v1/deadletters/replay", body),
        ok -> {
          options
              .out()
              .println(
                  Fields.scalar(ok.json().path("replaying"))
                      + " on their way; what becomes of each is in the ledger: "
                      + options.command("ledger", "search", "--type", "record.replayed"));
          return ExitCode.OK;
        });
  }

  private static void putGiven(Map<String, Object> body, String name, String value) {
    if (!value.isEmpty()) {
      body.put(name, value);
    }
  }
}
