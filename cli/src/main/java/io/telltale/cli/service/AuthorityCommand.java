package io.telltale.cli.service;

import io.telltale.cli.ExitCode;
import io.telltale.cli.api.Answer;
import io.telltale.cli.api.Connection;
import io.telltale.cli.api.Paths;
import io.telltale.cli.api.ReasonOption;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Fields;
import io.telltale.cli.print.Table;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code telltale authority …}: the CAs and how one follows another. */
@Command(
    name = "authority",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    description = AuthorityCommand.PURPOSE,
    synopsisSubcommandLabel = "COMMAND",
    footer = {AuthorityCommand.WAY, ExitCode.HELP})
public final class AuthorityCommand {
  public static final String PURPOSE = "The CAs that certificates come from.";

  static final String WAY =
      "One follows another: prepare, activate, and once all is renewed retire; or revoke.";

  private static final String ID = "As 'authority list' has it, for instance issuing-2.";

  @Command(
      name = "list",
      description = {
        "List roots and issuing CAs, the oldest first.",
        "GOOD is how many certificates of devices, gateways and people are good."
      },
      footer = {"", "Example: ./telltale authority list", ExitCode.HELP})
  int list(@Mixin ServerOptions options) {
    return options.run(
        connection -> connection.get("/v1/authorities"),
        ok -> {
          var table = new Table("CA", "STATE", "SINCE", "ABOVE", "ENDS", "GOOD", "KEY");
          for (JsonNode ca : ok.json().path("authorities")) {
            table.add(
                Fields.scalar(ca.path("id")),
                Fields.scalar(ca.path("state")),
                Fields.scalar(ca.path("since")),
                Fields.scalar(ca.path("above")),
                Fields.scalar(ca.path("notAfter")),
                Fields.scalar(ca.path("good")),
                ca.path("keyHere").asBoolean() ? "here" : "away");
          }
          table.print(options.out());
          return ExitCode.OK;
        });
  }

  @Command(
      name = "prepare",
      description = {
        "Make the CA that is to follow.",
        "It is trusted and told to devices, and signs nothing yet. The root's key must be in the"
            + " data folder."
      },
      footer = {
        "",
        "Example: ./telltale authority prepare --root --reason \"the root ends next year\"",
        ExitCode.HELP
      })
  int prepare(
      @Mixin ServerOptions options,
      @Option(
              names = "--root",
              description = "With a root of its own, which the present one certifies.")
          boolean root,
      @Mixin ReasonOption reason) {
    return options.run(
        connection ->
            connection.post(
                "/v1/authorities",
                Map.of("kind", root ? "root" : "issuing", "reason", reason.text())),
        ok -> {
          String id = ok.json().path("id").asString("");
          Fields.print(options.out(), shown(ok), "");
          options
              .out()
              .println(
                  "it signs from here on: "
                      + options.command("authority", "activate", id, "--reason", "as planned"));
          return ExitCode.OK;
        });
  }

  @Command(
      name = "activate",
      description = {
        "Have a prepared CA sign from now on.",
        "No connection ends: certificates of the one before are good until each is renewed."
      },
      footer = {
        "",
        "Example: ./telltale authority activate issuing-2 --reason \"as planned\"",
        ExitCode.HELP
      })
  int activate(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "CA", description = AuthorityCommand.ID) String id,
      @Mixin ReasonOption reason) {
    return act(options, "activate", id, reason);
  }

  @Command(
      name = "retire",
      description = {
        "End the trust in a CA of which nothing good is left.",
        "Refused while anybody would be cut off by it."
      },
      footer = {
        "",
        "Example: ./telltale authority retire issuing --reason \"all is renewed\"",
        ExitCode.HELP
      })
  int retire(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "CA", description = AuthorityCommand.ID) String id,
      @Mixin ReasonOption reason) {
    return act(options, "retire", id, reason);
  }

  @Command(
      name = "revoke",
      description = {
        "End the trust in a CA at once, and revoke all that it issued.",
        "Whoever has such a certificate is cut off and enrolls again with a new token. Of a root:"
            + " all CAs below it."
      },
      footer = {
        "",
        "Example: ./telltale authority revoke issuing --reason \"its key was stolen\" --yes",
        ExitCode.HELP
      })
  int revoke(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "CA", description = AuthorityCommand.ID) String id,
      @Mixin ReasonOption reason,
      @Option(names = "--yes", required = true, description = "Say that you mean it.")
          boolean yes) {
    return options.run(
        connection -> post(connection, "revoke", id, reason),
        ok -> {
          Fields.print(options.out(), shown(ok), "");
          if (!ok.json().path("listed").asBoolean(true)) {
            options
                .out()
                .println(
                    "its root's list does not say so yet: put the root's key back into ca/ for a"
                        + " minute");
          }
          return ExitCode.OK;
        });
  }

  private static int act(ServerOptions options, String verb, String id, ReasonOption reason) {
    return options.run(
        connection -> post(connection, verb, id, reason),
        ok -> {
          Fields.print(options.out(), shown(ok), "");
          return ExitCode.OK;
        });
  }

  private static Answer post(Connection connection, String verb, String id, ReasonOption reason) {
    return connection.post(
        "/v1/authorities/" + Paths.segment(id) + "/" + verb, Map.of("reason", reason.text()));
  }

  // The certificate is for --json.
  private static JsonNode shown(Answer.Ok ok) {
    return ok.json() instanceof ObjectNode object
        ? object.deepCopy().without("certificate")
        : ok.json();
  }
}
