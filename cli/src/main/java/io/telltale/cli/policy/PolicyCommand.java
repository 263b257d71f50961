package io.telltale.cli.policy;

import io.telltale.cli.ExitCode;
import io.telltale.cli.api.Answer;
import io.telltale.cli.api.Lifetime;
import io.telltale.cli.api.Paths;
import io.telltale.cli.api.ServerOptions;
import io.telltale.cli.print.Fields;
import io.telltale.cli.print.Table;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Inert;
import io.telltale.verifier.Unreadable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import tools.jackson.databind.JsonNode;

/** {@code telltale policy …}: what devices may say. */
@Command(
    name = "policy",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    description = PolicyCommand.PURPOSE,
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  ./telltale policy show > policy.json",
      "  ./telltale policy check policy.json && ./telltale policy diff policy.json",
      "  ./telltale policy dry-run policy.json --last 1h",
      "  ./telltale policy apply policy.json --if-version 3 --reason \"the new pumps\"",
      ExitCode.HELP
    })
public final class PolicyCommand {
  public static final String PURPOSE =
      "Your own device types, message types and rules: look, try, put in force, go back.";

  static final String POLICY = "/v1/policy";
  private static final String CUT_OFF =
      "Even where registered devices are cut off, or lose a message type.";

  @Command(
      name = "show",
      description = "Print the document in force, or an earlier version.",
      footer = {"", "Example: ./telltale policy show > policy.json", ExitCode.HELP})
  int show(
      @Mixin ServerOptions options,
      @Option(
              names = "--version-number",
              paramLabel = "N",
              defaultValue = "",
              description = "That version (default: the one in force).")
          String version) {
    options.whole("--version-number", version, 1);
    return options.run(
        connection -> connection.get(Paths.of(POLICY).with("version", version).toString()),
        ok -> {
          JsonNode answer = ok.json();
          options
              .err()
              .println(
                  "version %s, since %s"
                      .formatted(
                          Fields.scalar(answer.path("version")),
                          Fields.scalar(answer.path("time"))));
          // Strict JSON that the server has read: what it holds is escaped.
          String document = answer.path("document").asString("").strip();
          boolean inForce = answer.path("inForce").asBoolean(false);
          options
              .out()
              .println(
                  Inert.json(
                      inForce
                          ? PolicyFile.editable(document, answer.path("version").asInt())
                          : document));
          return ExitCode.OK;
        });
  }

  @Command(
      name = "history",
      description = "List the versions, newest first.",
      footer = {"", "Example: ./telltale policy history", ExitCode.HELP})
  int history(@Mixin ServerOptions options) {
    return options.run(
        connection -> connection.get(POLICY + "/history"),
        ok -> {
          var table = new Table("VERSION", "TIME", "ACTOR", "REASON", "SHA-256");
          for (JsonNode version : ok.json().path("versions")) {
            table.add(
                Fields.scalar(version.path("version")),
                Fields.scalar(version.path("time")),
                Fields.scalar(version.path("actor")),
                Fields.scalar(version.path("reason")),
                Fields.scalar(version.path("sha256")));
          }
          table.print(options.out());
          return ExitCode.OK;
        });
  }

  @Command(
      name = "check",
      description = "Name every mistake in a document, with its line.",
      footer = {"", "Example: ./telltale policy check policy.json", ExitCode.HELP})
  int check(@Mixin ServerOptions options, @Parameters(paramLabel = "FILE") Path file) {
    return PolicyFile.ask(
        options,
        file,
        "check",
        Map.of(),
        ok -> {
          JsonNode answer = ok.json();
          PolicyFile.printMistakes(options.out(), file, answer);
          for (JsonNode warning : answer.path("warnings")) {
            options
                .out()
                .println(
                    "%s: warning: %s %s"
                        .formatted(
                            file,
                            Fields.scalar(warning.path("pointer")),
                            Fields.scalar(warning.path("message"))));
          }
          options.out().println(isValid(ok) ? "no mistakes" : "mistakes: it cannot be applied");
        },
        ok -> isValid(ok) ? ExitCode.OK : ExitCode.REFUSED);
  }

  private static boolean isValid(Answer.Ok ok) {
    return ok.json().path("valid").asBoolean(false);
  }

  @Command(
      name = "diff",
      description = "Say what a document would change.",
      footer = {"", "Example: ./telltale policy diff policy.json", ExitCode.HELP})
  int diff(@Mixin ServerOptions options, @Parameters(paramLabel = "FILE") Path file) {
    return PolicyFile.ask(
        options,
        file,
        "diff",
        Map.of(),
        ok -> {
          JsonNode answer = ok.json();
          for (JsonNode change : answer.path("changes")) {
            options.out().println(line(change));
          }
          options
              .out()
              .println(
                  "%d changes to version %s"
                      .formatted(
                          answer.path("changes").size(), Fields.scalar(answer.path("version"))));
          printCuts(options, answer, false);
        },
        ok -> ExitCode.OK);
  }

  private static String line(JsonNode change) {
    var line = new StringBuilder();
    for (String part : new String[] {"change", "what", "pointer"}) {
      line.append(Fields.scalar(change.path(part))).append(' ');
    }
    if (change.has("before")) {
      line.append("- ").append(Fields.scalar(change.path("before"))).append(' ');
    }
    if (change.has("after")) {
      line.append("+ ").append(Fields.scalar(change.path("after")));
    }
    return line.toString().strip();
  }

  @Command(
      name = "test",
      description = {
        "Say step by step what a policy decides of a device's message.",
        "Nothing is sent. Without FILE the policy in force is asked."
      },
      footer = {
        "",
        "Example:",
        "  ./telltale policy test new.json --device press-07 \\",
        "    --topic tele/press-07/SENSOR --payload sensor.json",
        ExitCode.HELP
      })
  int test(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "FILE", arity = "0..1") @Nullable Path file,
      @Option(
              names = "--device",
              required = true,
              paramLabel = "ID",
              description = "Who would publish.")
          String device,
      @Option(
              names = "--topic",
              required = true,
              paramLabel = "TOPIC",
              description = "On which topic.")
          String topic,
      @Option(
              names = "--type",
              paramLabel = "TYPE",
              defaultValue = "",
              description =
                  "As if the device were of that type: it need not be registered, nor its type"
                      + " be in force.")
          String type,
      @Option(names = "--payload", paramLabel = "FILE", description = "The message's bytes.")
          @Nullable Path payload) {
    var question = new LinkedHashMap<String, Object>();
    question.put("device", device);
    question.put("topic", topic);
    if (!type.isEmpty()) {
      question.put("type", type);
    }
    if (payload != null) {
      try {
        question.put("payload", Base64Text.of(Bytes.adopt(Files.readAllBytes(payload))));
      } catch (IOException e) {
        throw options.mistake(Unreadable.why(payload, e));
      }
    }
    Consumer<Answer.Ok> print = ok -> printSteps(options, ok.json());
    ToIntFunction<Answer.Ok> verdict = ok -> isAllowed(ok.json()) ? ExitCode.OK : ExitCode.REFUSED;
    return file == null
        ? options.run(connection -> connection.post(POLICY + "/test", question), print, verdict)
        : PolicyFile.ask(options, file, "test", question, print, verdict);
  }

  private static boolean isAllowed(JsonNode answer) {
    return answer.path("allowed").asBoolean(false);
  }

  private static void printSteps(ServerOptions options, JsonNode answer) {
    var table = Table.whole("STEP", "", "WHY");
    for (JsonNode step : answer.path("steps")) {
      table.add(
          Fields.scalar(step.path("step")),
          step.path("passed").asBoolean(false) ? "ok" : "no",
          Fields.scalar(step.path("detail")));
    }
    table.print(options.out());
    options.out().println(isAllowed(answer) ? "it would be admitted" : "it would be refused");
  }

  @Command(
      name = "dry-run",
      description = {
        "Say what a document would have refused of the last messages.",
        "They are judged by the devices' attributes of now. Opens records by your own grants, and"
            + " shows no payload."
      },
      footer = {"", "Example: ./telltale policy dry-run new.json --last 30m", ExitCode.HELP})
  int dryRun(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "FILE") Path file,
      @Option(
              names = "--last",
              paramLabel = "TIME",
              defaultValue = "1h",
              description =
                  "How far back, like "
                      + Lifetime.FORM
                      + ", a day at most"
                      + " (default: ${DEFAULT-VALUE}); the log holds an hour, or a little more.")
          String last) {
    Optional<Duration> span = Lifetime.parse(last).filter(time -> time.toHours() <= 24);
    if (span.isEmpty()) {
      throw options.mistake("--last must look like " + Lifetime.FORM + ", up to 24h");
    }
    return PolicyFile.ask(
        options,
        file,
        "dry-run",
        Map.of("seconds", Math.max(1, span.get().toSeconds())),
        ok -> printRefusals(options, ok.json()),
        ok -> ok.json().path("refused").asLong(0) == 0 ? ExitCode.OK : ExitCode.REFUSED);
  }

  private static void printRefusals(ServerOptions options, JsonNode answer) {
    if (!answer.path("refusals").isEmpty()) {
      var table = new Table("REASON", "MESSAGE TYPE", "TOPIC", "RECORDS", "DEVICES", "FIRST");
      for (JsonNode refusal : answer.path("refusals")) {
        JsonNode first = refusal.path("examples").path(0);
        table.add(
            Fields.scalar(refusal.path("reason")),
            Fields.scalar(refusal.path("messageType")),
            Fields.scalar(refusal.path("topic")),
            Fields.scalar(refusal.path("records")),
            Fields.scalar(refusal.path("devices")),
            Fields.scalar(first.path("record")) + " of " + Fields.scalar(first.path("device")));
      }
      table.print(options.out());
      var devices = new Table("DEVICE", "REFUSED");
      for (JsonNode device : answer.path("devices")) {
        devices.add(Fields.scalar(device.path("device")), Fields.scalar(device.path("records")));
      }
      devices.print(options.out());
    }
    answer
        .path("notJudged")
        .properties()
        .forEach(
            why ->
                options
                    .out()
                    .println(
                        "not judged: %s, %s"
                            .formatted(Fields.scalar(why.getValue()), Inert.text(why.getKey()))));
    options.out().println(part(answer));
    options
        .out()
        .println(
            "%s of %s messages would be refused"
                .formatted(
                    Fields.scalar(answer.path("refused")), Fields.scalar(answer.path("judged"))));
  }

  private static String part(JsonNode answer) {
    boolean all = answer.path("seen").asLong() >= answer.path("entries").asLong();
    return "looked at %s of %s entries of the log%s, received from %s to %s"
        .formatted(
            Fields.scalar(answer.path("seen")),
            Fields.scalar(answer.path("entries")),
            all ? "" : ", spread evenly over it",
            answer.path("from").asString("-"),
            answer.path("to").asString("-"));
  }

  @Command(
      name = "apply",
      description = "Put a document in force; the same content again makes no new version.",
      footer = {
        "",
        "Example: ./telltale policy apply policy.json --reason \"a second hall\"",
        ExitCode.HELP
      })
  int apply(
      @Mixin ServerOptions options,
      @Parameters(paramLabel = "FILE") Path file,
      @Option(
              names = "--if-version",
              paramLabel = "N",
              description = "Only if this version is in force.")
          @Nullable Integer ifVersion,
      @Option(
              names = "--reason",
              paramLabel = "TEXT",
              defaultValue = "",
              description = "Why; recorded.")
          String reason,
      @Option(names = "--cut-off", description = CUT_OFF) boolean cutOff) {
    return PolicyFile.ask(
        options,
        file,
        "apply",
        terms(options, ifVersion, reason, cutOff),
        ok -> printVersion(options, ok.json()),
        ok -> ExitCode.OK);
  }

  @Command(
      name = "rollback",
      description = "Put an earlier version's content in force again, as a new version.",
      footer = {
        "",
        "Example: ./telltale policy rollback --to 3 --reason \"too strict\"",
        ExitCode.HELP
      })
  int rollback(
      @Mixin ServerOptions options,
      @Option(
              names = "--to",
              paramLabel = "N",
              description = "That version (default: the one before).")
          @Nullable Integer to,
      @Option(
              names = "--if-version",
              paramLabel = "N",
              description = "Only if this version is in force.")
          @Nullable Integer ifVersion,
      @Option(
              names = "--reason",
              paramLabel = "TEXT",
              defaultValue = "",
              description = "Why; recorded.")
          String reason,
      @Option(names = "--cut-off", description = CUT_OFF) boolean cutOff) {
    Map<String, Object> body = terms(options, ifVersion, reason, cutOff);
    if (to != null) {
      options.bound("--to", to, 1, Integer.MAX_VALUE);
      body.put("version", to);
    }
    return options.run(
        connection -> connection.post(POLICY + "/rollback", body),
        ok -> printVersion(options, ok.json()),
        ok -> ExitCode.OK);
  }

  private static Map<String, Object> terms(
      ServerOptions options, @Nullable Integer ifVersion, String reason, boolean cutOff) {
    var terms = new LinkedHashMap<String, Object>();
    if (ifVersion != null) {
      options.bound("--if-version", ifVersion, 0, Integer.MAX_VALUE);
      terms.put("ifVersion", ifVersion);
    }
    if (!reason.isEmpty()) {
      terms.put("reason", reason);
    }
    if (cutOff) {
      terms.put("cutOff", true);
    }
    return terms;
  }

  private static void printVersion(ServerOptions options, JsonNode answer) {
    String version = Fields.scalar(answer.path("version"));
    String contentOf = Fields.scalar(answer.path("contentOf"));
    options
        .out()
        .printf(
            "%s: version %s%s: %s, %s%n",
            answer.path("changed").asBoolean(false) ? "in force" : "as it was",
            version,
            contentOf.equals(version) ? "" : ", as version " + contentOf + " was",
            counted(answer.path("deviceTypes"), "device type"),
            counted(answer.path("messageTypes"), "message type"));
    printCuts(options, answer, true);
  }

  private static void printCuts(ServerOptions options, JsonNode answer, boolean done) {
    for (JsonNode cut : answer.path("cutOff")) {
      options
          .out()
          .printf(
              "warning: device type %s is not in it: %s of that type %s cut off%n",
              Fields.scalar(cut.path("deviceType")),
              counted(cut.path("devices"), "device"),
              done ? "are" : "would be");
    }
    for (JsonNode lost : answer.path("lost")) {
      options
          .out()
          .printf(
              "warning: message type %s, or its topic, %s taken from %s%n",
              Fields.scalar(lost.path("messageType")),
              done ? "is" : "would be",
              counted(lost.path("devices"), "device"));
    }
    if (!done && (!answer.path("cutOff").isEmpty() || !answer.path("lost").isEmpty())) {
      options.out().println("'policy apply' refuses that without --cut-off");
    }
  }

  private static String counted(JsonNode count, String what) {
    return count.asLong() == 1 ? "1 " + what : "%d %ss".formatted(count.asLong(), what);
  }
}
