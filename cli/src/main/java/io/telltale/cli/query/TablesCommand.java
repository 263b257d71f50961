package io.telltale.cli.query;

import io.telltale.cli.ExitCode;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Table;
import io.telltale.kernel.Inert;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code telltale tables [TABLE]}. */
@Command(
    name = "tables",
    mixinStandardHelpOptions = true,
    description = {
      TablesCommand.PURPOSE,
      "Like any question it is in the ledger: as SHOW TABLES or DESCRIBE TABLE, which 'query'"
          + " takes too."
    },
    footer = {
      "",
      "Examples:",
      "  ./telltale tables",
      "  ./telltale tables readings --json",
      ExitCode.HELP
    })
public final class TablesCommand implements Callable<Integer> {
  public static final String PURPOSE =
      "Show the lake's tables, or the columns of one with their types.";

  // It goes into a statement: which tables there are is the server's to say.
  private static final Pattern NAME = Pattern.compile("[A-Za-z_]{1,64}");

  @Mixin private final ServerOptions options = new ServerOptions();

  @Parameters(paramLabel = "TABLE", arity = "0..1", description = "Whose columns to show.")
  private @Nullable String table;

  @Override
  public Integer call() {
    if (table != null && !NAME.matcher(table).matches()) {
      throw options.mistake("there is no table " + Inert.text(table));
    }
    String sql = table == null ? "SHOW TABLES" : "DESCRIBE " + table;
    return options.run(
        connection -> connection.post("/v1/query", Map.of("sql", sql, "purpose", "tables")),
        ok -> {
          var lines = new Table(QueryCommand.names(ok.json()));
          ok.json().path("rows").forEach(row -> lines.add(QueryCommand.cells(row)));
          lines.print(options.out());
          return ExitCode.OK;
        });
  }
}
