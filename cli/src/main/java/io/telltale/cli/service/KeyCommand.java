package io.telltale.cli.service;

import io.telltale.cli.ExitCode;
import io.telltale.cli.api.Answer;
import io.telltale.cli.api.ReasonOption;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Fields;
import io.telltale.cli.print.Table;
import io.telltale.kernel.Inert;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import tools.jackson.databind.JsonNode;

/** {@code telltale key …}: scope keys. */
@Command(
    name = "key",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    description = KeyCommand.PURPOSE,
    synopsisSubcommandLabel = "COMMAND",
    footer = {KeyCommand.FORM, ExitCode.HELP})
public final class KeyCommand {
  public static final String PURPOSE = "The keys that everything is sealed under, one per scope.";
  // Of a time: YYYY-MM-DD.
  private static final int DAY = 10;

  static final String FORM = "A scope is tenant/environment/region/product-line/sensitivity.";

  @Command(
      name = "list",
      description = "List scope keys with state and versions.",
      footer = {"", "Example: ./telltale key list", ExitCode.HELP})
  int list(@Mixin ServerOptions options) {
    return options.run(
        connection -> connection.get("/v1/keys"),
        ok -> {
          var table = new Table("SCOPE", "STATE", "VERSIONS", "CHANGED");
          for (JsonNode key : ok.json().path("keys")) {
            table.add(
                Fields.scalar(key.path("scope")),
                Fields.scalar(key.path("state")),
                Fields.scalar(key.path("versions")),
                Fields.scalar(key.path("changed")));
          }
          table.print(options.out());
          return ExitCode.OK;
        });
  }

  @Command(
      name = "rotate",
      description = {
        "Make a new version, and wrap all that was under the last one anew.",
        "Data stays as it is, and readable; 'replaced' versions are gone."
      },
      footer = {"", "Example: ./telltale key rotate SCOPE --reason \"once a year\"", ExitCode.HELP})
  int rotate(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "SCOPE", description = KeyCommand.FORM) String scope,
      @Mixin ReasonOption reason) {
    return act(options, "rotate", scope, reason);
  }

  @Command(
      name = "disable",
      description = {
        "Stop all use at once; nothing is lost.",
        "Devices of the scope are told to try later, and questions that touch it are refused."
      },
      footer = {
        "",
        "Example: ./telltale key disable SCOPE --reason \"under inquiry\"",
        ExitCode.HELP
      })
  int disable(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "SCOPE", description = KeyCommand.FORM) String scope,
      @Mixin ReasonOption reason) {
    return act(options, "disable", scope, reason);
  }

  @Command(
      name = "enable",
      description = "End a disabling.",
      footer = {
        "",
        "Example: ./telltale key enable SCOPE --reason \"inquiry is over\"",
        ExitCode.HELP
      })
  int enable(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "SCOPE", description = KeyCommand.FORM) String scope,
      @Mixin ReasonOption reason) {
    return act(options, "enable", scope, reason);
  }

  @Command(
      name = "destroy",
      description = {
        "Erase a scope for good.",
        "Its key stops at once and is destroyed seven days later; until then 'key enable' brings"
            + " it back."
      },
      footer = {
        "",
        "Example: ./telltale key destroy SCOPE --reason \"contract ended\" --yes",
        ExitCode.HELP
      })
  int destroy(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "SCOPE", description = KeyCommand.FORM) String scope,
      @Mixin ReasonOption reason,
      @Option(names = "--yes", required = true, description = "Say that you mean it.")
          boolean yes) {
    return act(options, "destroy", scope, reason, ok -> printEnd(options, scope, ok));
  }

  private static void printEnd(ServerOptions options, String scope, Answer.Ok ok) {
    String end = ok.json().path("destroyedAt").asString("");
    if (end.length() >= DAY) {
      options
          .out()
          .println(
              "it is destroyed for good on %s (UTC); until then this brings it back: %s"
                  .formatted(
                      Inert.text(end.substring(0, DAY)),
                      options.command("key", "enable", scope, "--reason", "called off")));
    }
  }

  private static int act(ServerOptions options, String verb, String scope, ReasonOption reason) {
    return act(options, verb, scope, reason, _ -> {});
  }

  private static int act(
      ServerOptions options,
      String verb,
      String scope,
      ReasonOption reason,
      Consumer<Answer.Ok> more) {
    return options.run(
        connection ->
            connection.post("/v1/keys/" + verb, Map.of("scope", scope, "reason", reason.text())),
        ok -> {
          Fields.print(options.out(), ok.json(), "");
          more.accept(ok);
          return ExitCode.OK;
        });
  }
}
