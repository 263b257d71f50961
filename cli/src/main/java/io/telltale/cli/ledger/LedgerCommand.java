package io.telltale.cli.ledger;

import io.telltale.cli.ExitCode;
import io.telltale.cli.api.Moment;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Fields;
import io.telltale.cli.print.Screen;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

/** {@code telltale ledger …}. */
@Command(
    name = "ledger",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    description = LedgerCommand.PURPOSE,
    synopsisSubcommandLabel = "COMMAND",
    footer = ExitCode.HELP)
public final class LedgerCommand {
  private static final int NOTE_BYTES_MAX = 65_536;

  public static final String PURPOSE = "The tamper-evident record of everything that was done.";

  @Command(
      name = "checkpoint",
      description = "Print the newest signed checkpoint (C2SP note).",
      footer = {"", "Example: ./telltale ledger checkpoint", ExitCode.HELP})
  int checkpoint(@Mixin ServerOptions options) {
    return options.run(
        connection -> connection.get("/v1/ledger/checkpoint"),
        ok -> {
          options.out().print(ok.body().asUtf8());
          options.out().flush();
          return ExitCode.OK;
        });
  }

  @Command(
      name = "search",
      description = {
        "Find events, newest first.",
        "It looks back while it finds none, as long as --timeout says."
      },
      footer = {
        "",
        "Example: ./telltale ledger search --type device.compromised --subject press-07",
        "         ./telltale ledger search --actor press-07 --since 2h",
        ExitCode.HELP
      })
  int search(
      @Mixin ServerOptions options,
      @Option(
              names = "--type",
              paramLabel = "TYPE",
              defaultValue = "",
              description = {
                "For instance device.compromised, or device. for all that begin so.",
                "All are in docs/format/events.md."
              })
          String type,
      @Option(
              names = "--subject",
              paramLabel = "TEXT",
              defaultValue = "",
              description = "Whom it is about: a device's id, or as the events have it.")
          String subject,
      @Option(
              names = "--actor",
              paramLabel = "TEXT",
              defaultValue = "",
              description = "Who did it, as the events have it.")
          String actor,
      @Option(
              names = "--since",
              paramLabel = "TIME",
              defaultValue = "",
              description = "Only from then on: " + Moment.FORM + ".")
          String since,
      @Option(
              names = "--until",
              paramLabel = "TIME",
              defaultValue = "",
              description = "Only before then, in the same forms.")
          String until,
      @Option(
              names = "--before",
              paramLabel = "INDEX",
              defaultValue = "",
              description = "Only indexes below this, for the next page.")
          String before,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "20",
              description = "How many (default: ${DEFAULT-VALUE}).")
          int limit) {
    options.bound("--limit", limit, 1, 1_000);
    options.whole("--before", before, 0);
    String from = Moment.option(options, "--since", since);
    String to = Moment.option(options, "--until", until);
    var search = new LedgerSearch(options, type, subject, actor, from, to, limit);
    return options.run(
        connection -> search.newest(connection, before),
        ok -> {
          search.print(ok);
          return ExitCode.OK;
        });
  }

  @Command(
      name = "prove",
      description = "Print an event with its inclusion proof, byte for byte as verify reads it.",
      footer = {"", "Example: ./telltale ledger prove 1204", ExitCode.HELP})
  int prove(@Mixin ServerOptions options, @Parameters(paramLabel = "EVENT") long index) {
    return options.run(
        connection -> connection.get("/v1/ledger/events/" + index + "/proof"),
        ok -> {
          // A line end more would be another file: every byte of a proof counts. A terminal is
          // none.
          options.out().print(ok.body().asUtf8());
          if (Screen.columns() != Screen.ENDLESS) {
            options.out().println();
          }
          options.out().flush();
          return ExitCode.OK;
        });
  }

  @Command(
      name = "verify",
      description = "Let the server re-derive its whole ledger; exit 1 if it is not sound.",
      footer = {"", "Example: ./telltale ledger verify --timeout 600", ExitCode.HELP})
  int verify(@Mixin ServerOptions options) {
    return options.run(
        connection -> connection.post("/v1/ledger/verify", Map.of()),
        ok -> Fields.print(options.out(), ok.json(), ""),
        ok -> ok.json().path("sound").asBoolean() ? ExitCode.OK : ExitCode.REFUSED);
  }

  @Command(
      name = "consistency",
      description = {
        "Hold a checkpoint that you kept against the ledger of today; exit 1 if they differ.",
        "It tells nothing of what came after the checkpoint: hold the newest that you have."
      },
      footer = {"", "Example: ./telltale ledger consistency monday.txt", ExitCode.HELP})
  int consistency(
      @Mixin ServerOptions options,
      @Parameters(
              paramLabel = "FILE",
              description = "What './telltale ledger checkpoint' printed once.")
          Path file) {
    Bytes note = kept(options, file);
    return options.run(
        connection -> new KeptCheckpoint(note).hold(connection),
        ok -> Fields.print(options.out(), ok.json(), ""),
        ok -> ok.json().path("consistent").asBoolean() ? ExitCode.OK : ExitCode.REFUSED);
  }

  private static Bytes kept(ServerOptions options, Path file) {
    options.file(file);
    try (InputStream in = Files.newInputStream(file)) {
      return Bytes.adopt(in.readNBytes(NOTE_BYTES_MAX));
    } catch (IOException e) {
      throw options.mistake("cannot read %s".formatted(file));
    }
  }

  @Command(
      name = "witness",
      description = "Have checkpoints cosigned: not built yet.",
      footer = {"", "Example: ./telltale ledger witness", ExitCode.HELP})
  int witness(@Mixin ServerOptions options) {
    options.err().println("telltale: ledger witness is not built yet");
    return ExitCode.USAGE;
  }
}
