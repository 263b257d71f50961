package io.telltale.cli.service;

import io.telltale.cli.ExitCode;
import io.telltale.cli.api.Answer;
import io.telltale.cli.api.Connection;
import io.telltale.cli.api.OutputFile;
import io.telltale.cli.api.Paths;
import io.telltale.cli.api.ReasonOption;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Fields;
import io.telltale.cli.print.Table;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Inert;
import io.telltale.kernel.ShellQuoting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
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
      "One follows another: prepare, activate, and once all is renewed retire.";

  private static final long FILE_BYTES_MAX = 256 * 1024;

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
          var table = new Table("CA", "STATE", "SINCE", "ABOVE", "FOR", "ENDS", "GOOD", "KEY");
          for (JsonNode ca : ok.json().path("authorities")) {
            table.add(
                Fields.scalar(ca.path("id")),
                Fields.scalar(ca.path("state")),
                Fields.scalar(ca.path("since")),
                Fields.scalar(ca.path("above")),
                Fields.scalar(ca.path("scope")),
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
      @Option(
              names = "--environment",
              paramLabel = "NAME",
              defaultValue = "",
              description = "For devices of this environment only, whoever signs for the rest.")
          String environment,
      @Mixin ReasonOption reason) {
    return options.run(
        connection ->
            connection.post(
                "/v1/authorities",
                given(
                    "kind",
                    root ? "root" : "issuing",
                    "environment",
                    environment,
                    "reason",
                    reason.text())),
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
      name = "request",
      description = {
        "Ask a root that is kept apart for the CA that is to follow.",
        "Carry the file to it (root sign), and what that writes back (authority install)."
      },
      footer = {
        "",
        "Example: ./telltale authority request --root-certificate root.pem -o r.json",
        ExitCode.HELP
      })
  int request(
      @Mixin ServerOptions options,
      @Option(
              names = "--root-certificate",
              paramLabel = "FILE",
              description = "A root that is to follow the present one (root create).")
          @Nullable Path root,
      @Option(
              names = "--extend",
              description = "More time for the present issuing CA, and its root's next list.")
          boolean extend,
      @Option(
              names = "--environment",
              paramLabel = "NAME",
              defaultValue = "",
              description = "For devices of this environment only.")
          String environment,
      @Option(
              names = {"-o", "--output"},
              paramLabel = "FILE",
              required = true,
              description = "Where the request is written.")
          Path output) {
    if (root != null && extend) {
      throw options.mistake("--extend is of the present root: leave --root-certificate out");
    }
    Optional<String> obstacle = OutputFile.obstacle(output);
    if (obstacle.isPresent()) {
      throw options.mistake(obstacle.get());
    }
    String pem = root == null ? "" : read(options, root);
    return options.run(
        connection ->
            connection.post(
                "/v1/authorities/request",
                given(
                    "for", extend ? "extension" : "next", "root", pem, "environment", environment)),
        ok -> {
          try {
            OutputFile.write(output, Bytes.utf8(ok.json().path("request").asString("")));
          } catch (IOException e) {
            options.err().println("telltale: " + OutputFile.unwritten(output, e));
            return ExitCode.REFUSED;
          }
          options
              .out()
              .println(
                  ("carry %s to the root: ./telltale root sign --folder ROOT --request %s --output"
                          + " answer.json")
                      .formatted(
                          Inert.text(output.toString()),
                          Inert.text(ShellQuoting.quoted(output.toString()))));
          return ExitCode.OK;
        });
  }

  @Command(
      name = "install",
      description = {
        "Take what a root that is kept apart has signed.",
        "A CA that is to follow is prepared by it: then activate it."
      },
      footer = {
        "",
        "Example: ./telltale authority install answer.json --reason \"ceremony 7\"",
        ExitCode.HELP
      })
  int install(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "FILE", description = "What root sign wrote.") Path file,
      @Mixin ReasonOption reason) {
    String answer = read(options, file);
    return options.run(
        connection ->
            connection.post(
                "/v1/authorities/install", Map.of("answer", answer, "reason", reason.text())),
        ok -> {
          Fields.print(options.out(), shown(ok), "");
          return ExitCode.OK;
        });
  }

  private static String read(ServerOptions options, Path file) {
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw options.mistake(Inert.text(file + " is too large for what it should be"));
      }
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw options.mistake(Inert.text("cannot read " + file + ": " + e.getMessage()));
    }
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
        "Example: ./telltale authority revoke issuing --reason \"key stolen\" --yes",
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
          ok.json()
              .path("unlistedAt")
              .forEach(
                  root ->
                      options
                          .out()
                          .println(
                              "the list of %1$s does not say so yet: put %1$s.key.sealed back into"
                                      .formatted(Inert.text(root.asString("")))
                                  + " ca/ for a minute, or ask it (authority request --extend)"));
          return ExitCode.OK;
        });
  }

  /** Names and values by turns; what is empty is left out. */
  private static Map<String, String> given(String... namesAndValues) {
    var given = new LinkedHashMap<String, String>();
    for (int at = 0; at < namesAndValues.length; at += 2) {
      if (!namesAndValues[at + 1].isEmpty()) {
        given.put(namesAndValues[at], namesAndValues[at + 1]);
      }
    }
    return given;
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
