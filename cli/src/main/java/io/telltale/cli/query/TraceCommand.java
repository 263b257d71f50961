package io.telltale.cli.query;

import io.telltale.cli.ExitCode;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Fields;
import io.telltale.cli.print.Table;
import io.telltale.kernel.Inert;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code telltale trace}: from a number to devices, from a record to numbers. */
@Command(
    name = "trace",
    mixinStandardHelpOptions = true,
    description = TraceCommand.PURPOSE,
    footer = {
      "",
      "Examples:",
      "  ./telltale trace \\",
      "    --query \"SELECT avg(value) FROM readings WHERE metric = 'power'\"",
      "  ./telltale trace --row 3:120",
      ExitCode.HELP
    })
public final class TraceCommand implements Callable<Integer> {
  public static final String PURPOSE = "Show what a number came from, or what a record became.";

  private static final String IS_QUERY = "; a SELECT goes behind --query";
  private static final Pattern ROW = Pattern.compile("[0-9]{1,5}:[0-9]{1,18}");

  @Mixin private final ServerOptions options = new ServerOptions();

  @Option(names = "--row", paramLabel = "PARTITION:OFFSET", description = "A record of the log.")
  private @Nullable String row;

  @Option(names = "--query", paramLabel = "SQL", description = "The SELECT behind a number.")
  private @Nullable String query;

  // For who types it as for 'query'.
  @Parameters(paramLabel = "SQL", arity = "0..1", hidden = true)
  private @Nullable String argument;

  @Override
  public Integer call() {
    Map<String, String> question = question();
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

  private Map<String, String> question() {
    if (argument != null) {
      throw options.mistake(
          "say which it is: --query \"SELECT ...\" for a number, --row PARTITION:OFFSET for a"
              + " record");
    }
    if (row != null && query == null) {
      if (!ROW.matcher(row).matches()) {
        throw options.mistake(
            "--row must be PARTITION:OFFSET, like 3:120, not %s%s"
                .formatted(Inert.text(row), row.contains(" ") ? IS_QUERY : ""));
      }
      return Map.of("row", row);
    }
    if (query != null && row == null) {
      return Map.of("sql", query);
    }
    throw options.mistake("give either --row PARTITION:OFFSET or --query SQL");
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
