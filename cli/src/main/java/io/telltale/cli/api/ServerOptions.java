package io.telltale.cli.api;

import io.telltale.cli.ExitCode;
import io.telltale.json.JsonProfile;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.HttpsAddress;
import io.telltale.kernel.Inert;
import io.telltale.kernel.ShellQuoting;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The options that every command with a server shares, and how such a command ends. */
public final class ServerOptions {
  private static final String DATA = "telltale-data";
  private static final int TIMEOUT_SECONDS_MAX = 86_400;
  private static final JsonProfile PORTS_FILE = new JsonProfile(JsonProfile.Bounds.of(4096, 2));
  private static final Set<String> TYPED = Set.of("invalid", "bad-query");
  private static final Pattern WHOLE = Pattern.compile("[0-9]{1,18}");

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:TELLTALE_DATA:-" + DATA + "}",
      description = {"The server's data folder", "(default: ./telltale-data, or $$TELLTALE_DATA)."})
  private Path data = Path.of(DATA);

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = {"The API, if the server runs elsewhere:", "https://host:8444"})
  private @Nullable URI server;

  @Option(names = "--cert", paramLabel = "FILE", description = "Your certificate chain, PEM.")
  private @Nullable Path certificate;

  @Option(names = "--key", paramLabel = "FILE", description = "Your private key, PKCS#8 PEM.")
  private @Nullable Path key;

  @Option(
      names = {"--trust", "--trust-bundle"},
      paramLabel = "BUNDLE",
      description = "Whom to trust: the server's trust bundle.")
  private @Nullable Path trustBundle;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "60",
      converter = Seconds.class,
      description =
          "How long to wait for an answer: seconds, or like "
              + Lifetime.FORM
              + " (default: ${DEFAULT-VALUE}).")
  private int timeoutSeconds = 60;

  @Option(names = "--json", description = "Print the server's answer as JSON.")
  private boolean json;

  public int timeoutSeconds() {
    return timeoutSeconds;
  }

  /** Whether the server's answer is printed as it is. */
  public boolean isJson() {
    return json;
  }

  public PrintWriter out() {
    return line().getOut();
  }

  public PrintWriter err() {
    return line().getErr();
  }

  /** Where to tell of an answer that was written to {@code output}: not behind it. */
  public PrintWriter beside(Path output) {
    return OutputFile.isStream(output) && !OutputFile.isErrorOutput(output) ? err() : out();
  }

  private CommandLine line() {
    if (spec == null) {
      throw new IllegalStateException("picocli sets the command");
    }
    return spec.commandLine();
  }

  /** To throw where an option or argument is wrong: told with where the help is, exit code 2. */
  public ParameterException mistake(String what) {
    return new ParameterException(line(), what);
  }

  /** Ends the command where the option's value is out of its bounds. */
  public void bound(String option, long value, long min, long max) {
    if (value < min || value > max) {
      throw mistake("%s must be a whole number from %d to %d".formatted(option, min, max));
    }
  }

  /** Ends the command where the option was given and is no whole number from {@code min} on. */
  public void whole(String option, String value, long min) {
    if (!value.isEmpty() && (!WHOLE.matcher(value).matches() || Long.parseLong(value) < min)) {
      throw mistake(
          "%s must be a whole number from %d on, not %s".formatted(option, min, Inert.text(value)));
    }
  }

  // Of those that need not be given: a script's unset variable would mean that it was not.
  private void requireValues() {
    for (OptionSpec given : line().getParseResult().matchedOptions()) {
      if ("".equals(given.defaultValue()) && given.stringValues().contains("")) {
        throw mistake(given.longestName() + " is empty: leave it out, or give it a value");
      }
    }
  }

  /** A command to the same server, as a shell takes it. */
  public String command(String... words) {
    var command = new StringJoiner(" ").add("./telltale");
    for (String word : words) {
      command.add(ShellQuoting.quoted(Inert.text(word)));
    }
    var given = new LinkedHashMap<String, @Nullable Object>();
    given.put("--data", data.equals(Path.of(DATA)) ? null : data);
    given.put("--server", server);
    given.put("--cert", certificate);
    given.put("--key", key);
    given.put("--trust", trustBundle);
    given.forEach(
        (option, value) -> {
          if (value != null) {
            command.add(option).add(ShellQuoting.quoted(value.toString()));
          }
        });
    return command.toString();
  }

  /** Ends the command where something is in the way of what the option names. */
  public void requireFree(String option, Optional<String> obstacle) {
    if (obstacle.isPresent()) {
      throw mistake("%s: %s".formatted(option, obstacle.get()));
    }
  }

  /** Ends the command where there is no such file. */
  public void file(Path file) {
    file("", file);
  }

  private void file(String option, @Nullable Path file) {
    if (file == null) {
      return;
    }
    if (Files.isDirectory(file)) {
      throw mistake("%s%s is a folder, not a file".formatted(option, file));
    }
    if (!Files.exists(file)) {
      throw mistake("%sthere is no file %s".formatted(option, file));
    }
  }

  /** Asks, prints and turns the answer into an exit code; {@code print} is for people. */
  public int run(Function<Connection, Answer> ask, ToIntFunction<Answer.Ok> print) {
    return ask(ask, print, ok -> ExitCode.OK);
  }

  /** The same of an answer that may say no: {@code verdict} is the exit code in either form. */
  public int run(
      Function<Connection, Answer> ask,
      Consumer<Answer.Ok> print,
      ToIntFunction<Answer.Ok> verdict) {
    ToIntFunction<Answer.Ok> shown =
        ok -> {
          print.accept(ok);
          return verdict.applyAsInt(ok);
        };
    return ask(ask, shown, verdict);
  }

  private int ask(
      Function<Connection, Answer> ask,
      ToIntFunction<Answer.Ok> print,
      ToIntFunction<Answer.Ok> verdict) {
    requireValues();
    bound("--timeout", timeoutSeconds, 1, TIMEOUT_SECONDS_MAX);
    if (server != null && !HttpsAddress.valid(server)) {
      throw mistake(
          "--server %s, not %s: nothing goes in clear".formatted(HttpsAddress.FORM, server));
    }
    file("--cert: ", certificate);
    file("--key: ", key);
    file("--trust: ", trustBundle);
    return switch (open()) {
      case Connection.Opened.Missing(String what) -> {
        err().println("telltale: " + what);
        yield ExitCode.UNREACHABLE;
      }
      case Connection.Opened.Wrong(String what) -> throw mistake(what);
      case Connection.Opened.Ready(Connection connection) -> {
        try (connection) {
          yield shown(ask.apply(connection), print, verdict);
        }
      }
    };
  }

  /** A number of seconds, or a time with its unit. */
  static final class Seconds implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      return Lifetime.parse(WHOLE.matcher(text).matches() ? text + "s" : text)
          .map(time -> Math.toIntExact(Math.min(time.toSeconds(), Integer.MAX_VALUE)))
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "'%s' is no time above zero: give seconds, or a time like %s"
                          .formatted(Inert.text(text), Lifetime.FORM)));
    }
  }

  private int shown(
      Answer answer, ToIntFunction<Answer.Ok> print, ToIntFunction<Answer.Ok> verdict) {
    return switch (answer) {
      case Answer.Ok ok -> {
        if (json) {
          out().println(ok.body().asUtf8().strip());
          yield verdict.applyAsInt(ok);
        }
        yield print.applyAsInt(ok);
      }
      case Answer.Refused(int status, String code, String message, long line) -> {
        String where = line > 0 ? "line %d: ".formatted(line) : "";
        err().println("telltale: %s: %s%s".formatted(Inert.text(code), where, Inert.text(message)));
        // What these say is wrong is what was typed.
        yield status == 400 && TYPED.contains(code) ? ExitCode.USAGE : ExitCode.REFUSED;
      }
      case Answer.Unreachable(String why) -> {
        err().println("telltale: " + Inert.text(why));
        yield ExitCode.UNREACHABLE;
      }
    };
  }

  private Connection.Opened open() {
    Path operator = data.resolve("operator");
    // Whoever stands in another folder than they think sees it by the whole path.
    Path folder = data.toAbsolutePath().normalize();
    try {
      URI url = server == null ? local() : server;
      return Connection.open(
          new Connection.Material(
              url,
              certificate == null ? operator.resolve("operator.crt.pem") : certificate,
              key == null ? operator.resolve("operator.key.pem") : key,
              trustBundle == null ? operator.resolve("trust-bundle.json") : trustBundle,
              Duration.ofSeconds(timeoutSeconds)));
    } catch (AccessDeniedException e) {
      return new Connection.Opened.Missing(
          "%s belongs to another user: ask as that user, or give --server, --cert, --key, --trust"
              .formatted(folder));
    } catch (IOException e) {
      return new Connection.Opened.Missing(
          ("no server is running on %s; if yours runs on another folder, name it by --data DIR or"
                  + " TELLTALE_DATA, and if there is none yet: './telltale run --data %s'")
              .formatted(folder, ShellQuoting.quoted(folder.toString())));
    }
  }

  private URI local() throws IOException {
    Path ports = data.resolve("run").resolve("ports.json");
    int port =
        PORTS_FILE
            .read(Bytes.adopt(Files.readAllBytes(ports)))
            .map(json -> json.path("api").asInt())
            .orElseThrow(() -> new IOException(ports + " is not JSON"));
    return URI.create("https://127.0.0.1:" + port);
  }
}
