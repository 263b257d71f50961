package io.telltale.cli;

import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** {@code telltale proof export}. */
@Command(
    name = "proof",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    description = ProofCommand.PURPOSE,
    synopsisSubcommandLabel = "COMMAND",
    footer = ExitCode.HELP)
final class ProofCommand {
  static final String PURPOSE = "Export proofs that others check without this server.";

  @Command(
      name = "export",
      description = "Prove the answer to one SELECT down to devices and certificates.",
      footer = {
        "",
        "Example: telltale proof export --query \"SELECT avg(value) FROM readings"
            + " WHERE device = 'press-01'\" --out proof.json",
        "Check it with: telltale verify proof.json --trust trust-bundle.json"
      })
  int export(
      @Mixin ServerOptions options,
      @Option(names = "--query", required = true, paramLabel = "SQL", description = "The SELECT.")
          String sql,
      @Option(
              names = "--out",
              required = true,
              paramLabel = "FILE",
              description = "Where to write it.")
          Path out) {
    return options.run(
        connection -> {
          Answer answer = connection.post("/v1/proofs", Map.of("sql", sql));
          if (answer instanceof Answer.Ok(Bytes body)) {
            try {
              Files.write(out, body.borrow());
            } catch (IOException e) {
              return new Answer.Refused(0, "not-written", "cannot write " + out);
            }
            return new Answer.Ok(Bytes.utf8("{\"bytes\":" + body.size() + "}"));
          }
          return answer;
        },
        ok -> {
          options
              .out()
              .println(
                  "%s bytes written to %s".formatted(Fields.scalar(ok.json().path("bytes")), out));
          return ExitCode.OK;
        });
  }
}
