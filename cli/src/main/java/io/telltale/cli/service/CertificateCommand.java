package io.telltale.cli.service;

import io.telltale.cli.ExitCode;
import io.telltale.cli.api.Answer;
import io.telltale.cli.api.Connection;
import io.telltale.cli.api.Moment;
import io.telltale.cli.api.Paths;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Fields;
import io.telltale.cli.print.Table;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code telltale certificate …}: every certificate that was ever issued. */
@Command(
    name = "certificate",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    description = CertificateCommand.PURPOSE,
    synopsisSubcommandLabel = "COMMAND",
    footer = ExitCode.HELP)
public final class CertificateCommand {
  public static final String PURPOSE = "Look up and export the certificates that were issued.";

  private static final String CERTIFICATES = "/v1/certificates";
  private static final int EXPORT_PAGE = 500;
  private static final int SHORT = 16;

  /** Which certificates. */
  static final class Filters {
    @Option(
        names = "--device",
        paramLabel = "ID",
        defaultValue = "",
        description = "Only of this device.")
    private String device = "";

    @Option(
        names = "--kind",
        paramLabel = "KIND",
        defaultValue = "",
        description = "Only of this kind: device, gateway, service or person.")
    private String kind = "";

    @Option(
        names = "--state",
        paramLabel = "STATE",
        defaultValue = "",
        description = "Only in this state: good, retiring, revoked or ended.")
    private String state = "";

    @Option(
        names = "--issuer",
        paramLabel = "CA",
        defaultValue = "",
        description = "Only of this CA, as 'authority list' has it.")
    private String issuer = "";

    @Option(
        names = "--serial",
        paramLabel = "HEX",
        defaultValue = "",
        description = "Only with this serial number.")
    private String serial = "";

    @Option(
        names = "--ends-after",
        paramLabel = "TIME",
        defaultValue = "",
        description = "Only those that end then or later.")
    private String endsAfter = "";

    @Option(
        names = "--ends-before",
        paramLabel = "TIME",
        defaultValue = "",
        description = "Only those that end before.")
    private String endsBefore = "";

    @Option(
        names = "--since",
        paramLabel = "TIME",
        defaultValue = "",
        description = {"Only those issued then or later:", Moment.FORM + "."})
    private String since = "";

    @Option(
        names = "--until",
        paramLabel = "TIME",
        defaultValue = "",
        description = "Only those issued before.")
    private String until = "";

    private Paths path(ServerOptions options) {
      return Paths.of(CERTIFICATES)
          .with("device", device)
          .with("kind", kind)
          .with("state", state)
          .with("issuer", issuer)
          .with("serial", serial)
          .with("endsAfter", Moment.option(options, "--ends-after", endsAfter))
          .with("endsBefore", Moment.option(options, "--ends-before", endsBefore))
          .with("issuedSince", Moment.option(options, "--since", since))
          .with("issuedUntil", Moment.option(options, "--until", until));
    }
  }

  @Command(
      name = "list",
      description = "List certificates, the newest first, a page at a time.",
      footer = {
        "",
        "Example: ./telltale certificate list --device press-07",
        "Example: ./telltale certificate list --state good --issuer issuing",
        ExitCode.HELP
      })
  int list(
      @Mixin ServerOptions options,
      @Mixin Filters filters,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "50",
              description = "Page size (default: ${DEFAULT-VALUE}).")
          int limit,
      @Option(
              names = "--before",
              paramLabel = "N",
              defaultValue = "",
              description = "Where the page before has ended.")
          String before) {
    options.bound("--limit", limit, 1, 1_000);
    Paths path = filters.path(options).with("limit", Integer.toString(limit));
    return options.run(
        connection -> filled(connection, path, before), ok -> printList(options, ok.json()));
  }

  // The server looks at boundedly many for a page: one that is empty has others behind it.
  private static Answer filled(Connection connection, Paths path, String before) {
    String from = before;
    Answer answer = page(connection, path, from);
    while (answer instanceof Answer.Ok ok
        && ok.json().path("certificates").isEmpty()
        && ok.json().path("next").isNumber()
        && connection.patience().lasts()) {
      from = ok.json().path("next").asString();
      answer = page(connection, path, from);
    }
    return answer;
  }

  private static Answer page(Connection connection, Paths path, String before) {
    return connection.get(path + (before.isEmpty() ? "" : "&before=" + Paths.segment(before)));
  }

  private static int printList(ServerOptions options, JsonNode answer) {
    var table = new Table("NAME", "KIND", "STATE", "ISSUED", "ENDS", "SERIAL", "FINGERPRINT");
    for (JsonNode one : answer.path("certificates")) {
      table.add(
          Fields.scalar(one.path("name")),
          Fields.scalar(one.path("kind")),
          Fields.scalar(one.path("state")),
          Fields.scalar(one.path("issued")),
          Fields.scalar(one.path("notAfter")),
          Fields.scalar(one.path("serial")),
          shortened(Fields.scalar(one.path("fingerprint"))));
    }
    if (answer.path("certificates").isEmpty()) {
      options.err().println("no certificate matches");
    } else {
      table.print(options.out());
    }
    if (answer.path("next").isNumber()) {
      options.out().println("more: add --before " + Fields.scalar(answer.path("next")));
    }
    return ExitCode.OK;
  }

  private static String shortened(String fingerprint) {
    return fingerprint.length() > SHORT ? fingerprint.substring(0, SHORT) + "…" : fingerprint;
  }

  @Command(
      name = "show",
      description = {
        "Show one certificate, with what became of it, and its chain in PEM.",
        "By its fingerprint (SHA-256), or by its serial number."
      },
      footer = {
        "",
        "Example: ./telltale certificate show 8f3a61c2b5d94e07a1c6d2e8f0b94735",
        ExitCode.HELP
      })
  int show(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "ID", description = "Fingerprint or serial number.") String id) {
    return options.run(
        connection -> found(connection, id),
        ok -> {
          JsonNode one = ok.json();
          if (one instanceof ObjectNode object) {
            Fields.print(
                options.out(), object.deepCopy().without(List.of("certificate", "chain")), "");
          }
          options.out().print(one.path("certificate").asString(""));
          options.out().print(one.path("chain").asString(""));
          options.out().flush();
          return ExitCode.OK;
        });
  }

  private static Answer found(Connection connection, String id) {
    if (id.length() == 64) {
      return connection.get(CERTIFICATES + "/" + Paths.segment(id));
    }
    Answer listed = connection.get(Paths.of(CERTIFICATES).with("serial", id).toString());
    if (listed instanceof Answer.Ok ok) {
      String fingerprint =
          ok.json().path("certificates").path(0).path("fingerprint").asString("none");
      return connection.get(CERTIFICATES + "/" + Paths.segment(fingerprint));
    }
    return listed;
  }

  @Command(
      name = "renewals",
      description = {
        "Show who has not renewed in time, and what keeps them.",
        "CAUSE: refused (WHY says by what), away (nobody has seen it since), silent (it sends and"
            + " does not ask)."
      },
      footer = {"", "Example: ./telltale certificate renewals", ExitCode.HELP})
  int renewals(@Mixin ServerOptions options) {
    return options.run(
        connection -> connection.get("/v1/renewals"),
        ok -> {
          JsonNode health = ok.json();
          options
              .out()
              .println(
                  "renewed %s, overdue %s, ended without renewing %s"
                      .formatted(
                          Fields.scalar(health.path("renewed")),
                          Fields.scalar(health.path("overdue")),
                          Fields.scalar(health.path("ended"))));
          var table =
              new Table(
                  "REGION", "FIRMWARE", "CA", "CAUSE", "WHY", "OVERDUE", "ENDED", "FOR INSTANCE");
          for (JsonNode one : health.path("cohorts")) {
            table.add(
                Fields.scalar(one.path("region")),
                Fields.scalar(one.path("firmware")),
                Fields.scalar(one.path("issuer")),
                Fields.scalar(one.path("cause")),
                Fields.scalar(one.path("why")),
                Fields.scalar(one.path("overdue")),
                Fields.scalar(one.path("ended")),
                Fields.scalar(one.path("example")));
          }
          if (!health.path("cohorts").isEmpty()) {
            table.print(options.out());
          }
          if (health.path("more").asBoolean()) {
            options.out().println("and smaller groups, which are not shown");
          }
          return ExitCode.OK;
        });
  }

  @Command(
      name = "export",
      description = {
        "Print all certificates that match, the newest first.",
        "One JSON object a line with the certificate in PEM; with --pem the certificates alone."
      },
      footer = {
        "",
        "Example: ./telltale certificate export --since 30d > issued.jsonl",
        ExitCode.HELP
      })
  int export(
      @Mixin ServerOptions options,
      @Mixin Filters filters,
      @Option(names = "--pem", description = "The certificates alone.") boolean pem) {
    Paths path =
        filters.path(options).with("limit", Integer.toString(EXPORT_PAGE)).with("pem", "true");
    var counted = new ArrayList<Integer>();
    return options.run(
        connection -> {
          Answer answer = page(connection, path, "");
          while (answer instanceof Answer.Ok ok) {
            counted.add(print(options, ok.json(), pem));
            if (!ok.json().path("next").isNumber()) {
              break;
            }
            answer = page(connection, path, ok.json().path("next").asString());
          }
          return answer;
        },
        _ -> {
          int all = counted.stream().mapToInt(Integer::intValue).sum();
          options.err().println(all == 1 ? "1 certificate" : all + " certificates");
          return ExitCode.OK;
        });
  }

  private static int print(ServerOptions options, JsonNode page, boolean pem) {
    int count = 0;
    for (JsonNode one : page.path("certificates")) {
      if (pem) {
        options.out().print(one.path("certificate").asString(""));
      } else {
        options.out().println(one);
      }
      count++;
    }
    options.out().flush();
    return count;
  }
}
