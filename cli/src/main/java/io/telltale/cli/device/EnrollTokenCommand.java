package io.telltale.cli.device;

import io.telltale.cli.ExitCode;
import io.telltale.cli.api.Answer;
import io.telltale.cli.api.Connection;
import io.telltale.cli.api.Lifetime;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Fields;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code telltale enroll-token …}. */
@Command(
    name = "enroll-token",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    description = EnrollTokenCommand.PURPOSE,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = EnrollTokenCreate.class,
    footer = ExitCode.HELP)
public final class EnrollTokenCommand {
  public static final String PURPOSE = "Allow devices their one enrollment each.";

  private static final String POLICY = "/v1/policy";
  // Numbers as they are written: the rest of the document must stay what it was.
  private static final JsonMapper EXACT =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  @Command(
      name = "ceiling",
      description = {
        "Show for how long a token may be good at most, or set it.",
        "That is 24 h unless the tenant's policy says another time (enrollment.tokenSecondsMax,"
            + " 60 s to 30 days). To set it makes a new version of the policy, laid out anew."
      },
      footer = {
        "",
        "Example: ./telltale enroll-token ceiling --set 72h --reason \"by post\"",
        ExitCode.HELP
      })
  int ceiling(
      @Mixin ServerOptions options,
      @Option(
              names = "--set",
              paramLabel = "TIME",
              defaultValue = "",
              description = "The new ceiling, like " + Lifetime.FORM + ".")
          String next,
      @Option(
              names = "--reason",
              paramLabel = "TEXT",
              defaultValue = "another token ceiling",
              description = "Why; recorded.")
          String reason) {
    Optional<Duration> wanted = Lifetime.parse(next);
    if (!next.isEmpty() && wanted.isEmpty()) {
      throw options.mistake("--set must look like " + Lifetime.FORM);
    }
    if (wanted.filter(time -> time.toSeconds() < 60 || time.toSeconds() > 2_592_000).isPresent()) {
      throw options.mistake("--set must be from 60s to 30d");
    }
    return options.run(
        connection ->
            wanted
                .map(time -> set(connection, time, reason))
                .orElseGet(() -> connection.get(POLICY)),
        ok -> {
          JsonNode seconds = ok.json().path("tokenSecondsMax");
          options
              .out()
              .println(
                  wanted
                      .map(time -> "in force: version " + Fields.scalar(ok.json().path("version")))
                      .orElseGet(
                          () ->
                              "a token is good for %s at most"
                                  .formatted(Lifetime.text(seconds.asLong()))));
          return ExitCode.OK;
        });
  }

  private static Answer set(Connection connection, Duration time, String reason) {
    Answer answer = connection.get(POLICY);
    if (!(answer instanceof Answer.Ok ok)) {
      return answer;
    }
    JsonNode policy = ok.json();
    ObjectNode document;
    try {
      document = (ObjectNode) EXACT.readTree(policy.path("document").asString("{}"));
    } catch (JacksonException | ClassCastException e) {
      return new Answer.Unreachable("the server's policy is not JSON");
    }
    // The version is the server's to count.
    document.remove("version");
    document.withObject("/enrollment").put("tokenSecondsMax", time.toSeconds());
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("document", EXACT.writerWithDefaultPrettyPrinter().writeValueAsString(document));
    body.put("ifVersion", policy.path("version").asLong());
    body.put("reason", reason);
    return connection.post(POLICY + "/apply", body);
  }
}
