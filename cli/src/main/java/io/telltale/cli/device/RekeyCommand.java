package io.telltale.cli.device;

import io.telltale.cli.ExitCode;
import io.telltale.cli.api.Answer;
import io.telltale.cli.api.Connection;
import io.telltale.cli.api.Paths;
import io.telltale.cli.api.ReasonOption;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Fields;
import io.telltale.cli.print.Table;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import tools.jackson.databind.JsonNode;

/** {@code telltale rekey …}: has devices renew with a new key, each in its turn. */
@Command(
    name = "rekey",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    description = RekeyCommand.PURPOSE,
    synopsisSubcommandLabel = "COMMAND",
    footer = {RekeyCommand.WAY, ExitCode.HELP})
public final class RekeyCommand {
  public static final String PURPOSE = "Have devices renew with a new key, at a rate.";

  static final String WAY =
      "Agents ask every six hours when to renew, and are told their turn then.";

  private static final String REKEYS = "/v1/rekeys";
  private static final String NUMBER = "As 'rekey list' has it.";

  @Command(
      name = "begin",
      description = {
        "Have devices renew with a new key.",
        "Those that every --where fits; without one, all of the tenant. Nobody is cut off: what"
            + " does not renew goes on until its certificate ends."
      },
      footer = {
        "",
        "Example: ./telltale rekey begin --where type=press --reason \"old library\"",
        ExitCode.HELP
      })
  int begin(
      @Mixin ServerOptions options,
      @Option(
              names = "--where",
              paramLabel = "NAME=VALUE",
              description =
                  "id, firmware, environment, region, productLine, type, ownerTeam, site or"
                      + " labels.KEY, and its value.")
          @Nullable List<String> where,
      @Option(
              names = "--per-minute",
              paramLabel = "N",
              defaultValue = "600",
              description = "So many a minute at most (default: ${DEFAULT-VALUE}).")
          int perMinute,
      @Option(
              names = "--at-once",
              description =
                  "Begin now, not once all have heard; some minutes may see twice as many.")
          boolean atOnce,
      @Mixin ReasonOption reason) {
    options.bound("--per-minute", perMinute, 1, 1_000_000);
    Map<String, String> covers = covers(options, where == null ? List.of() : where);
    return options.run(
        connection ->
            connection.post(
                REKEYS,
                Map.of(
                    "covers", covers,
                    "perMinute", perMinute,
                    "atOnce", atOnce,
                    "reason", reason.text())),
        ok -> {
          Fields.print(options.out(), ok.json(), "");
          String number = ok.json().path("number").asString("");
          options.out().println("how far it is: " + options.command("rekey", "show", number));
          return ExitCode.OK;
        });
  }

  private static Map<String, String> covers(ServerOptions options, List<String> where) {
    var covers = new LinkedHashMap<String, String>();
    for (String one : where) {
      int at = one.indexOf('=');
      if (at < 1 || at == one.length() - 1) {
        throw options.mistake("--where must be like type=press");
      }
      if (covers.put(one.substring(0, at), one.substring(at + 1)) != null) {
        throw options.mistake("--where names " + one.substring(0, at) + " twice");
      }
    }
    return covers;
  }

  @Command(
      name = "list",
      description = "List them, the newest first.",
      footer = {"", "Example: ./telltale rekey list", ExitCode.HELP})
  int list(
      @Mixin ServerOptions options,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "50",
              description = "So many at most (default: ${DEFAULT-VALUE}).")
          int limit) {
    options.bound("--limit", limit, 1, 1_000);
    return options.run(
        connection ->
            connection.get(Paths.of(REKEYS).with("limit", Integer.toString(limit)).toString()),
        ok -> {
          var table = new Table("NUMBER", "COVERS", "TOTAL", "BEGINS", "ENDS", "STOPPED", "REASON");
          for (JsonNode one : ok.json().path("rekeys")) {
            table.add(
                Fields.scalar(one.path("number")),
                covers(one),
                Fields.scalar(one.path("total")),
                Fields.scalar(one.path("begins")),
                Fields.scalar(one.path("ends")),
                Fields.scalar(one.path("stopped")),
                Fields.scalar(one.path("reason")));
          }
          table.print(options.out());
          return ExitCode.OK;
        });
  }

  private static String covers(JsonNode rekey) {
    var all = new StringJoiner(" ");
    rekey
        .path("covers")
        .properties()
        .forEach(one -> all.add(one.getKey() + "=" + Fields.scalar(one.getValue())));
    return all.length() == 0 ? "all" : all.toString();
  }

  @Command(
      name = "show",
      description = "Show one, and how many certificates are left to renew.",
      footer = {"", "Example: ./telltale rekey show 1", ExitCode.HELP})
  int show(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "NUMBER", description = RekeyCommand.NUMBER) long number) {
    return print(options, connection -> connection.get(REKEYS + "/" + number));
  }

  @Command(
      name = "stop",
      description = "Take one back for those that have not renewed.",
      footer = {"", "Example: ./telltale rekey stop 1 --reason \"a mistake\"", ExitCode.HELP})
  int stop(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "NUMBER", description = RekeyCommand.NUMBER) long number,
      @Mixin ReasonOption reason) {
    return print(
        options,
        connection ->
            connection.post(REKEYS + "/" + number + "/stop", Map.of("reason", reason.text())));
  }

  private static int print(ServerOptions options, Function<Connection, Answer> call) {
    return options.run(
        call,
        ok -> {
          Fields.print(options.out(), ok.json(), "");
          return ExitCode.OK;
        });
  }
}
