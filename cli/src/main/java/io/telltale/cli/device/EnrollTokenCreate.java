package io.telltale.cli.device;

import io.telltale.cli.ExitCode;
import io.telltale.cli.api.Answer;
import io.telltale.cli.api.Connection;
import io.telltale.cli.api.Lifetime;
import io.telltale.cli.api.OutputFile;
import io.telltale.cli.api.ServerOptions;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Inert;
import io.telltale.kernel.PrivateFiles;
import io.telltale.verifier.Unreadable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** {@code telltale enroll-token create}. */
@Command(
    name = "create",
    description = {
      "Create one-time tokens.",
      "A token goes into a file of mode 0600 and never onto the screen; the file also holds the"
          + " server's pin, so that the device knows whom to give it to. With --from, a file for"
          + " each device that has not enrolled yet; the same again goes on where an earlier run"
          + " ended."
    },
    footer = {
      "",
      "Examples:",
      "  ./telltale enroll-token create --device press-07 --ttl 10m --out token.json",
      "  ./telltale enroll-token create --from fleet.csv --ttl 24h --out-dir tokens",
      ExitCode.HELP
    })
final class EnrollTokenCreate implements Callable<Integer> {
  @Mixin private final ServerOptions options = new ServerOptions();

  @Option(names = "--device", paramLabel = "ID", description = "For whom.")
  private @Nullable String device;

  @Option(names = "--out", paramLabel = "FILE", description = "Where to write it, mode 0600.")
  private @Nullable Path out;

  @Option(names = "--force", description = "With --out: in place of what is there.")
  private boolean force;

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description = "For all in a CSV file with a column id, such as that of 'device import'.")
  private @Nullable Path from;

  @Option(
      names = "--out-dir",
      paramLabel = "DIR",
      description = "With --from: where to write them, as ID.json.")
  private @Nullable Path folder;

  @Option(
      names = "--ttl",
      paramLabel = "TIME",
      defaultValue = "10m",
      description =
          "How long it is good, like " + Lifetime.FORM + "; up to 'enroll-token ceiling', 24h.")
  private String ttl = "10m";

  @Override
  public Integer call() {
    Optional<Duration> life = Lifetime.parse(ttl);
    if (life.isEmpty()) {
      throw options.mistake(
          "--ttl must look like %s, not %s".formatted(Lifetime.FORM, Inert.text(ttl)));
    }
    // What is in the way is told before the server makes a token that then lies nowhere, and counts
    // among those that are open.
    if (device != null && out != null && from == null && folder == null) {
      options.requireFree("--out", OutputFile.obstacle(out));
      if (!force && PrivateFiles.mayExist(out)) {
        throw options.mistake(
            out + " is there, and may be a token that is still good: --force overwrites it");
      }
      return one(device, out, life.get());
    }
    if (from != null && folder != null && device == null && out == null) {
      if (force) {
        throw options.mistake("--force goes with --out: with --out-dir no good token is replaced");
      }
      options.file(from);
      options.requireFree("--out-dir", OutputFile.obstacleIn(folder));
      return many(from, folder, life.get());
    }
    throw options.mistake("give --device and --out, or --from and --out-dir");
  }

  private int one(String id, Path file, Duration life) {
    return options.run(
        connection -> {
          Answer answer =
              connection.post(
                  "/v1/enroll-tokens", Map.of("device", id, "ttlSeconds", life.toSeconds()));
          if (answer instanceof Answer.Ok(Bytes body)) {
            try {
              PrivateFiles.write(file, body);
            } catch (IOException e) {
              return new Answer.Refused(0, "not-written", OutputFile.unwritten(file, e));
            }
            return written(file);
          }
          return answer;
        },
        ok -> {
          options.out().println("written to " + file + "; it works once, within " + ttl);
          return ExitCode.OK;
        });
  }

  private static Answer written(Path where) {
    return new Answer.Ok(
        Bytes.utf8(
            JsonMapper.shared().createObjectNode().put("written", where.toString()).toString()));
  }

  private int many(Path file, Path into, Duration life) {
    var files = new TokenFiles(into, life, options.err());
    int exit =
        options.run(
            connection -> all(connection, file, files).orElseGet(() -> written(into)),
            ok -> {
              options.out().println(files.summary());
              options
                  .out()
                  .println("each works once, within %s (--ttl)".formatted(Inert.text(ttl)));
              return ExitCode.OK;
            });
    return exit == ExitCode.OK && files.failed() > 0 ? ExitCode.REFUSED : exit;
  }

  private static Optional<Answer> all(Connection connection, Path file, TokenFiles files) {
    try (var parts = new CsvParts(Files.newInputStream(file))) {
      for (Optional<CsvParts.Part> part = parts.next(); part.isPresent(); part = parts.next()) {
        if (!CsvIds.isIn(part.get())) {
          return Optional.of(
              new Answer.Refused(0, "bad-header", "the first line of the file names no column id"));
        }
        Optional<Answer> stopped = files.make(connection, CsvIds.of(part.get()));
        if (stopped.isPresent()) {
          return stopped;
        }
      }
      return Optional.empty();
    } catch (CsvParts.NoEnd e) {
      return Optional.of(e.refused());
    } catch (IOException e) {
      return Optional.of(new Answer.Refused(0, "unreadable", Unreadable.why(file, e)));
    }
  }
}
