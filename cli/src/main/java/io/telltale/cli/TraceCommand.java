package io.telltale.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code telltale trace}: from a number to devices, from a record to numbers. */
@Command(
    name = "trace",
    mixinStandardHelpOptions = true,
    description = TraceCommand.PURPOSE,
    footer = {
      "",
      "Examples:",
      "  telltale trace --query \"SELECT avg(value) FROM readings WHERE metric = 'power'\"",
      "  telltale trace --row 3:120",
      ExitCode.HELP
    })
final class TraceCommand implements Callable<Integer> {
  static final String PURPOSE = "Show what a number came from, or what a record became.";

  @Mixin private final ServerOptions options = new ServerOptions();

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Start start = new Start();

  /** Where a trace starts. */
  static final class Start {
    @Option(names = "--row", paramLabel = "PARTITION:OFFSET", description = "A record of the log.")
    private @Nullable String row;

    @Option(names = "--query", paramLabel = "SQL", description = "The SELECT behind a number.")
    private @Nullable String query;
  }

  @Override
  public Integer call() {
    Map<String, String> question =
        start.row == null
            ? Map.of("sql", start.query == null ? "" : start.query)
            : Map.of("row", start.row);
    return options.run(
        connection -> connection.post("/v1/trace", question),
        ok -> {
          JsonNode answer = ok.json();
          if (answer.has("sources")) {
            printSources(answer);
          } else {
            Fields.print(options.out(), answer, "");
          }
          return ExitCode.OK;
        });
  }

  private void printSources(JsonNode answer) {
    options
        .out()
        .println(
            "%s rows in %s records, from %s to %s"
                .formatted(
                    Fields.scalar(answer.path("rows")),
                    Fields.scalar(answer.path("records")),
                    Fields.scalar(answer.path("from")),
                    Fields.scalar(answer.path("to"))));
    var table =
        new Table("DEVICE", "CERTIFICATE", "ISSUER", "FIRMWARE", "ASSURANCE", "SUSPECT", "ROWS");
    for (JsonNode source : answer.path("sources")) {
      table.add(
          Fields.scalar(source.path("device")),
          shortened(Fields.scalar(source.path("credential"))),
          shortened(Fields.scalar(source.path("issuer"))),
          Fields.scalar(source.path("firmwareClaimed")),
          Fields.scalar(source.path("assurance")),
          Fields.scalar(source.path("suspect")),
          Fields.scalar(source.path("rows")));
    }
    table.print(options.out());
    JsonNode steps = answer.path("sources").path(0).path("steps");
    options.out().println("steps: " + Fields.scalar(steps));
    options.out().println("records: " + Fields.scalar(answer.path("ranges")));
  }

  private static String shortened(String fingerprint) {
    return fingerprint.length() > 16 ? fingerprint.substring(0, 16) + "…" : fingerprint;
  }
}
