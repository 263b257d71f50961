package io.telltale.cli.query;

import io.telltale.cli.ExitCode;
import io.telltale.cli.api.Answer;
import io.telltale.cli.api.OutputFile;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Fields;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ScopeType;

/** {@code telltale proof export}. */
@Command(
    name = "proof",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    description = ProofCommand.PURPOSE,
    synopsisSubcommandLabel = "COMMAND",
    footer = ExitCode.HELP)
public final class ProofCommand {
  public static final String PURPOSE = "Export proofs that others check without this server.";

  @Command(
      name = "export",
      description = "Prove the answer to one SELECT down to devices and certificates.",
      footer = {
        "",
        "Example: ./telltale proof export \\",
        "  \"SELECT avg(value) FROM readings WHERE device = 'press-01'\" -o proof.json",
        "Check it with: ./telltale verify proof.json --trust trust-bundle.json",
        ExitCode.HELP
      })
  int export(@Mixin ServerOptions options, @Mixin SqlOptions question) {
    Optional<String> sql = question.sql();
    Optional<Path> output = question.output(options);
    if (sql.isEmpty() || output.isEmpty()) {
      throw options.mistake(sql.isEmpty() ? SqlOptions.MISTAKE : "give --output FILE");
    }
    Path out = output.get();
    if (options.isJson() && OutputFile.isStream(out)) {
      throw options.mistake(
          "--json prints how many bytes were written, perhaps behind them: give it with --output of"
              + " a file");
    }
    var asked = Map.of("sql", sql.get(), "purpose", question.purpose("proof"));
    return options.run(
        connection -> {
          Answer answer = connection.post("/v1/proofs", asked);
          if (answer instanceof Answer.Ok(Bytes body)) {
            try {
              OutputFile.write(out, body);
            } catch (IOException e) {
              return new Answer.Refused(0, "not-written", OutputFile.unwritten(out, e));
            }
            return new Answer.Ok(Bytes.utf8("{\"bytes\":" + body.size() + "}"));
          }
          return answer;
        },
        ok -> {
          options
              .beside(out)
              .println(
                  "%s bytes written to %s".formatted(Fields.scalar(ok.json().path("bytes")), out));
          return ExitCode.OK;
        });
  }
}
