package io.telltale.e2e;

import io.telltale.server.command.Main;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server in a process of its own, on free ports, that can be killed. */
final class ServerProcess implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final long START_SECONDS_MAX = 60;
  private static final String PORTS = "run/ports.json";

  private final Path data;
  private final Process process;
  private final JsonNode ports;

  /** What a command printed and how it ended. */
  record Ran(int exitCode, String out, String err) {}

  private ServerProcess(Path data, Process process, JsonNode ports) {
    this.data = data;
    this.process = process;
    this.ports = ports;
  }

  static ServerProcess start(Path data) throws IOException, InterruptedException {
    return start(Launch.in(data));
  }

  static ServerProcess start(Path data, Map<String, String> settings)
      throws IOException, InterruptedException {
    return start(Launch.in(data).withSettings(settings));
  }

  /** Starts {@code telltale run} and waits until its ports are known. */
  static ServerProcess start(Launch launch) throws IOException, InterruptedException {
    Files.createDirectories(launch.data().getParent());
    Files.deleteIfExists(launch.data().resolve(PORTS));
    Process process = launch.process();
    Path seen = launch.seenFrom(process);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS_MAX);
    while (!Files.exists(seen.resolve(PORTS))) {
      if (!process.isAlive() || System.nanoTime() > end) {
        process.destroyForcibly();
        throw new IOException("the server did not start:\n" + Files.readString(launch.console()));
      }
      Waiting.pass(Duration.ofMillis(20));
    }
    JsonNode ports = JSON.readTree(Files.readString(seen.resolve(PORTS)));
    return new ServerProcess(seen, process, ports);
  }

  int port(String name) {
    return ports.get(name).asInt();
  }

  Path data() {
    return data;
  }

  /** Types a command against this server; {@code --data} is added. */
  Ran run(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.add("--data");
    all.add(data.toString());
    return command(all.toArray(String[]::new));
  }

  /** As {@link #run} with {@code --json}, parsed; fails the test when the command does. */
  JsonNode json(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.add("--json");
    Ran ran = run(all.toArray(String[]::new));
    if (ran.exitCode() != 0) {
      throw new AssertionError(String.join(" ", arguments) + " ended with " + ran);
    }
    return JSON.readTree(ran.out());
  }

  /** Types a command that needs no server. */
  static Ran command(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    CommandLine line = Main.commandLine();
    redirect(line, new PrintWriter(out, true), new PrintWriter(err, true));
    int exitCode = line.execute(arguments);
    return new Ran(exitCode, out.toString(), err.toString());
  }

  private static void redirect(CommandLine line, PrintWriter out, PrintWriter err) {
    line.setOut(out);
    line.setErr(err);
    line.getSubcommands().values().forEach(sub -> redirect(sub, out, err));
  }

  /** Has it collect all garbage, now. */
  void collectGarbage() throws IOException, InterruptedException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    io.telltale.testkit.Ran done =
        io.telltale.testkit.Ran.of(jcmd, Long.toString(process.pid()), "GC.run");
    if (done.exitCode() != 0) {
      throw new IOException(done.output());
    }
  }

  /** One counter of the metrics page, 0 while there is none. */
  double metric(String line) throws IOException, InterruptedException {
    return metrics()
        .lines()
        .filter(one -> one.startsWith(line + " "))
        .mapToDouble(one -> Double.parseDouble(one.substring(line.length() + 1)))
        .findFirst()
        .orElse(0);
  }

  String metrics() throws IOException, InterruptedException {
    var page = URI.create("http://127.0.0.1:" + port("metrics") + "/metrics");
    return HTTP.send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** As the kernel says it, or "unknown" where there is no /proc. */
  String residentMemory() throws IOException {
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    if (!Files.exists(status)) {
      return "unknown";
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> line.substring("VmRSS:".length()).strip())
        .findFirst()
        .orElse("unknown");
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL: no hook runs, nothing is flushed. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** With which it ends by itself, within {@code secondsMax}. */
  int exitCode(long secondsMax) throws InterruptedException {
    if (!process.waitFor(secondsMax, TimeUnit.SECONDS)) {
      throw new AssertionError("the server does not end");
    }
    return process.exitValue();
  }

  /** SIGTERM, as Ctrl-C or systemd would; the exit code. */
  int stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new AssertionError("the server does not stop");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
