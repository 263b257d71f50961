package io.telltale.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code telltale query "SQL"}. */
@Command(
    name = "query",
    mixinStandardHelpOptions = true,
    description = {
      "Ask the lake in SQL (DuckDB): tables readings, minutes, minute_revisions.",
      "Every question is in the ledger before its first row leaves."
    },
    footer = {
      "",
      "Example:",
      "  telltale query \"SELECT device, avg(value) FROM readings"
          + " WHERE metric = 'temperature' GROUP BY device\"",
      ExitCode.HELP
    })
final class QueryCommand implements Callable<Integer> {
  @Mixin private final ServerOptions options = new ServerOptions();

  @Parameters(paramLabel = "SQL", description = "One SELECT.")
  private String sql = "";

  @Option(names = "--format", defaultValue = "table", description = "table, csv or json.")
  private String format = "table";

  @Option(names = "--purpose", defaultValue = "ad hoc", description = "Why you ask; recorded.")
  private String purpose = "ad hoc";

  @Override
  public Integer call() {
    if (!List.of("table", "csv", "json").contains(format)) {
      options.err().println("telltale: --format is table, csv or json; parquet is not built yet");
      return ExitCode.USAGE;
    }
    return options.run(
        connection -> connection.post("/v1/query", Map.of("sql", sql, "purpose", purpose)),
        ok -> print(ok));
  }

  private int print(Answer.Ok ok) {
    PrintWriter out = options.out();
    JsonNode answer = ok.json();
    switch (format) {
      case "json" -> out.println(ok.body().asUtf8().strip());
      case "csv" -> {
        out.println(line(names(answer)));
        answer.path("rows").forEach(row -> out.println(line(cells(row))));
      }
      default -> {
        var table = new Table(names(answer));
        answer.path("rows").forEach(row -> table.add(cells(row)));
        table.print(out);
        out.println(
            "%d rows%s, result hash %s, recorded as %s"
                .formatted(
                    answer.path("rows").size(),
                    answer.path("truncated").asBoolean(false)
                        ? " (cut off: narrow the question)"
                        : "",
                    Fields.scalar(answer.path("resultHash")),
                    Fields.scalar(answer.path("queryId"))));
      }
    }
    return ExitCode.OK;
  }

  private static List<String> names(JsonNode answer) {
    var names = new ArrayList<String>();
    answer.path("columns").forEach(column -> names.add(column.path("name").asString("")));
    return names;
  }

  private static List<String> cells(JsonNode row) {
    var cells = new ArrayList<String>();
    row.forEach(
        cell ->
            cells.add(cell.isNull() ? "" : cell.isString() ? cell.asString() : cell.toString()));
    return cells;
  }

  private static String line(List<String> cells) {
    return cells.stream().map(Inert::csv).collect(Collectors.joining(","));
  }
}
