package io.telltale.cli;

import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** {@code telltale enroll-token create}. */
@Command(
    name = "enroll-token",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    description = "Allow a device its one enrollment.",
    synopsisSubcommandLabel = "COMMAND",
    footer = ExitCode.HELP)
final class EnrollTokenCommand {
  @Command(
      name = "create",
      description = {
        "Create a one-time token. It goes into a file of mode 0600 and never onto the screen;",
        "the file also holds the server's pin, so that the device knows whom to give it to."
      },
      footer = {
        "",
        "Example: telltale enroll-token create --device press-07 --ttl 10m --out token.json"
      })
  int create(
      @Mixin ServerOptions options,
      @Option(names = "--device", required = true, paramLabel = "ID", description = "For whom.")
          String device,
      @Option(
              names = "--ttl",
              paramLabel = "TIME",
              defaultValue = "10m",
              description = "For instance 30s, 10m, 2h.")
          String ttl,
      @Option(
              names = "--out",
              required = true,
              paramLabel = "FILE",
              description = "Where to write it, mode 0600.")
          Path out) {
    Optional<Duration> life = duration(ttl);
    if (life.isEmpty()) {
      options.err().println("telltale: --ttl must look like 30s, 10m or 2h, not " + ttl);
      return ExitCode.USAGE;
    }
    return options.run(
        connection -> {
          Answer answer =
              connection.post(
                  "/v1/enroll-tokens",
                  Map.of("device", device, "ttlSeconds", life.get().toSeconds()));
          if (answer instanceof Answer.Ok(Bytes body)) {
            try {
              writePrivately(out, body);
            } catch (IOException e) {
              return new Answer.Refused(0, "not-written", "cannot write " + out + ": " + e);
            }
            return new Answer.Ok(
                Bytes.utf8(
                    "{\"written\":\"%s\"}"
                        .formatted(out.toString().replace("\\", "\\\\").replace("\"", "\\\""))));
          }
          return answer;
        },
        ok -> {
          options.out().println("written to " + out + "; it works once, within " + ttl);
          return ExitCode.OK;
        });
  }

  private static void writePrivately(Path file, Bytes content) throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(file, content.borrow());
  }

  private static Optional<Duration> duration(String text) {
    try {
      return Optional.of(Duration.parse("PT" + text.toUpperCase(Locale.ROOT)))
          .filter(duration -> duration.isPositive());
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
