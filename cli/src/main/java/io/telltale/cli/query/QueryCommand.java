package io.telltale.cli.query;

import io.telltale.cli.ExitCode;
import io.telltale.cli.api.Answer;
import io.telltale.cli.api.OutputFile;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Fields;
import io.telltale.cli.print.Screen;
import io.telltale.cli.print.Table;
import io.telltale.cli.print.Vertical;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Inert;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code telltale query "SQL"}. */
@Command(
    name = "query",
    mixinStandardHelpOptions = true,
    description = {
      QueryCommand.PURPOSE,
      "Every question is in the ledger before its first row leaves. It runs in a process of its"
          + " own with bounds of time and memory."
    },
    footer = {
      "",
      "Examples:",
      "  ./telltale query \"SELECT device, avg(value) FROM readings \\",
      "    WHERE metric = 'temperature' GROUP BY device\"",
      "  ./telltale query \"FROM readings\" --limit 100000 --format parquet \\",
      "    --output readings.parquet",
      "",
      "Page by page: ORDER BY ... LIMIT 1000 OFFSET 2000.",
      ExitCode.HELP
    })
public final class QueryCommand implements Callable<Integer> {
  public static final String PURPOSE =
      "Ask the lake in SQL (DuckDB): tables readings, minutes, minute_revisions.";

  private static final int LIMIT_MAX = 100_000;
  private static final int SERVER_SECONDS_MAX = 300;

  /** The server gives up a little before we do, so that it is the one that says why. */
  private static final int SECONDS_SPARE = 2;

  /** What an answer can be printed as. */
  public enum Format {
    AUTO,
    TABLE,
    VERTICAL,
    CSV,
    JSON,
    PARQUET
  }

  @Mixin private final ServerOptions options = new ServerOptions();

  @Mixin private final SqlOptions question = new SqlOptions();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "auto",
      description = {
        "table, vertical, csv, json or parquet. CSV is safe to open in a spreadsheet. 'auto'",
        "(the default) is what the end of --output says (.csv, .json, .parquet), else a table,",
        "unless it goes to a terminal that is not as wide ($$COLUMNS, or 80): then vertical, a",
        "line for each column, and nothing is cut."
      })
  private String format = "auto";

  @Option(
      names = "--limit",
      paramLabel = "ROWS",
      defaultValue = "10000",
      description =
          "At most so many rows, up to 100000 (default: ${DEFAULT-VALUE}). An answer that is cut"
              + " says so.")
  private int limit = 10_000;

  @Override
  public Integer call() {
    Optional<Path> output = question.output(options);
    Format wanted;
    try {
      wanted =
          meant(
              Format.valueOf(format.toUpperCase(Locale.ROOT)),
              output.map(Path::toString).orElse(""));
    } catch (IllegalArgumentException e) {
      throw options.mistake(
          "--format is table, vertical, csv, json or parquet, not " + Inert.text(format));
    }
    if (options.isJson() && output.isPresent()) {
      throw options.mistake(
          "--json prints the server's answer, --output gets the rows: give one of them, or --format"
              + " json for rows as JSON");
    }
    if (limit < 1 || limit > LIMIT_MAX) {
      throw options.mistake("--limit is 1 to " + LIMIT_MAX);
    }
    if (wanted == Format.PARQUET && output.isEmpty()) {
      throw options.mistake("--format parquet needs --output FILE");
    }
    Optional<String> sql = question.sql();
    if (sql.isEmpty()) {
      throw options.mistake(SqlOptions.MISTAKE);
    }
    return options.run(
        connection -> connection.post("/v1/query", body(sql.get(), wanted)),
        ok -> end(ok, wanted, output));
  }

  /** Nobody wants a table in a file that is called otherwise. */
  static Format meant(Format asked, String output) {
    return asked != Format.AUTO
        ? asked
        : Stream.of(Format.CSV, Format.JSON, Format.PARQUET)
            .filter(one -> output.toUpperCase(Locale.ROOT).endsWith("." + one.name()))
            .findFirst()
            .orElse(Format.AUTO);
  }

  private Map<String, Object> body(String sql, Format wanted) {
    var body = new LinkedHashMap<String, Object>();
    body.put("sql", sql);
    body.put("purpose", question.purpose("ad hoc"));
    body.put("limit", limit);
    body.put(
        "timeoutSeconds",
        Math.clamp(options.timeoutSeconds() - SECONDS_SPARE, 1, SERVER_SECONDS_MAX));
    if (wanted == Format.PARQUET) {
      body.put("format", "parquet");
    }
    return body;
  }

  private int end(Answer.Ok ok, Format wanted, Optional<Path> output) {
    JsonNode answer = ok.json();
    Path file = output.orElse(null);
    if (file == null) {
      print(ok, wanted, Screen.columns(), options.out());
    } else {
      Optional<Bytes> content = content(ok, wanted);
      if (content.isEmpty()) {
        options.err().println("telltale: the server's answer holds no file in base64: ask again");
        return ExitCode.REFUSED;
      }
      try {
        OutputFile.write(file, content.get());
      } catch (IOException e) {
        options.err().println("telltale: " + Inert.text(OutputFile.unwritten(file, e)));
        return ExitCode.REFUSED;
      }
      options
          .beside(file)
          .println("%d rows in %s; %s".formatted(rowCount(answer), file, about(answer)));
    }
    // Where it cannot be taken for a part of the answer, in whatever format.
    if (answer.path("truncated").asBoolean(false)) {
      options
          .err()
          .println(
              "telltale: truncated after %d rows: narrow the question, allow more with --limit, or"
                      .formatted(rowCount(answer))
                  + " page with ORDER BY ... LIMIT ... OFFSET ...");
    }
    return ExitCode.OK;
  }

  private static Optional<Bytes> content(Answer.Ok ok, Format wanted) {
    if (wanted == Format.PARQUET) {
      return Base64Text.parse(ok.json().path("parquet").asString(""))
          .filter(file -> file.size() > 0);
    }
    var text = new StringWriter();
    print(ok, wanted, Screen.ENDLESS, new PrintWriter(text));
    return Optional.of(Bytes.utf8(text.toString()));
  }

  public static void print(Answer.Ok ok, Format wanted, int columns, PrintWriter out) {
    JsonNode answer = ok.json();
    switch (wanted) {
      case JSON -> out.println(ok.body().asUtf8().strip());
      case CSV -> {
        out.println(line(names(answer)));
        answer.path("rows").forEach(row -> out.println(line(cells(row))));
      }
      case AUTO, TABLE, VERTICAL -> {
        var table = new Table(names(answer));
        answer.path("rows").forEach(row -> table.add(cells(row)));
        if (wanted == Format.VERTICAL || (wanted == Format.AUTO && table.width() > columns)) {
          List<List<String>> cells =
              answer.path("rows").values().stream().map(QueryCommand::cells).toList();
          Vertical.print(names(answer), cells, out);
        } else {
          table.print(out);
        }
        int rows = rowCount(answer);
        out.println("%d %s, %s".formatted(rows, rows == 1 ? "row" : "rows", about(answer)));
      }
      case PARQUET -> throw new IllegalStateException("a Parquet file is not printed");
    }
    out.flush();
  }

  private static int rowCount(JsonNode answer) {
    return answer.path("rowCount").asInt(answer.path("rows").size());
  }

  private static String about(JsonNode answer) {
    return "result hash %s, recorded as %s%s"
        .formatted(
            Fields.scalar(answer.path("resultHash")),
            Fields.scalar(answer.path("queryId")),
            answer.path("truncated").asBoolean(false) ? ", truncated" : "");
  }

  static List<String> names(JsonNode answer) {
    var names = new ArrayList<String>();
    answer.path("columns").forEach(column -> names.add(column.path("name").asString("")));
    return names;
  }

  static List<String> cells(JsonNode row) {
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
