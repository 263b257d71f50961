package io.telltale.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** The options that every command with a server shares, and how such a command ends. */
final class ServerOptions {
  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:TELLTALE_DATA:-telltale-data}",
      description = "The server's data folder (default: ./telltale-data, or $$TELLTALE_DATA).")
  private Path data = Path.of("telltale-data");

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "The API, if the server runs elsewhere: https://host:8444")
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
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long to wait for an answer (default: ${DEFAULT-VALUE}).")
  private int timeoutSeconds = 60;

  @Option(names = "--json", description = "Print the server's answer as JSON.")
  private boolean json;

  int timeoutSeconds() {
    return timeoutSeconds;
  }

  boolean json() {
    return json;
  }

  PrintWriter out() {
    return line().getOut();
  }

  PrintWriter err() {
    return line().getErr();
  }

  private CommandLine line() {
    if (spec == null) {
      throw new IllegalStateException("picocli sets the command");
    }
    return spec.commandLine();
  }

  /** Asks, prints and turns the answer into an exit code; {@code print} is for people. */
  int run(Function<Connection, Answer> ask, ToIntFunction<Answer.Ok> print) {
    return switch (open()) {
      case Connection.Opened.Missing(String what) -> {
        err().println("telltale: " + what);
        yield ExitCode.UNREACHABLE;
      }
      case Connection.Opened.Ready(Connection connection) -> {
        try (connection) {
          yield end(ask.apply(connection), print);
        }
      }
    };
  }

  int end(Answer answer, ToIntFunction<Answer.Ok> print) {
    return switch (answer) {
      case Answer.Ok ok -> {
        if (json) {
          out().println(ok.body().asUtf8().strip());
          yield ExitCode.OK;
        }
        yield print.applyAsInt(ok);
      }
      case Answer.Refused(int status, String code, String message) -> {
        err().println("telltale: %s: %s".formatted(Inert.text(code), Inert.text(message)));
        yield ExitCode.REFUSED;
      }
      case Answer.Unreachable(String why) -> {
        err().println("telltale: " + Inert.text(why));
        yield ExitCode.UNREACHABLE;
      }
    };
  }

  private Connection.Opened open() {
    Path operator = data.resolve("operator");
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
              .formatted(data));
    } catch (IOException | JacksonException e) {
      return new Connection.Opened.Missing(
          "no server is running on %s; start one with './telltale run --data %s'"
              .formatted(data, data));
    }
  }

  private URI local() throws IOException {
    Path ports = data.resolve("run").resolve("ports.json");
    int port = JsonMapper.shared().readTree(Files.readString(ports)).path("api").asInt();
    return URI.create("https://127.0.0.1:" + port);
  }
}
