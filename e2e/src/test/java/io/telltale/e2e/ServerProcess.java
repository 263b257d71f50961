package io.telltale.e2e;

import io.telltale.server.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server in a process of its own, on free ports, that can be killed. */
final class ServerProcess implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final long START_SECONDS_MAX = 60;

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
    return start(data, Map.of());
  }

  /** Starts {@code telltale run} and waits until its ports are known. */
  static ServerProcess start(Path data, Map<String, String> settings)
      throws IOException, InterruptedException {
    Path portsFile = data.resolve("run").resolve("ports.json");
    Files.deleteIfExists(portsFile);
    Files.createDirectories(data.getParent());
    Path console = data.resolveSibling(data.getFileName() + ".console");
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx512m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "run",
            "--data",
            data.toString()));
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(console.toFile()));
    for (String listener : List.of("MQTT", "ENROLL", "API", "METRICS")) {
      builder.environment().put("TELLTALE_LISTEN_" + listener, "0");
    }
    builder.environment().put("TELLTALE_LISTEN_HOST", "127.0.0.1");
    builder.environment().putAll(settings);
    Process process = builder.start();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS_MAX);
    while (!Files.exists(portsFile)) {
      if (!process.isAlive() || System.nanoTime() > end) {
        process.destroyForcibly();
        throw new IOException("the server did not start:\n" + Files.readString(console));
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
    JsonNode ports = JSON.readTree(Files.readString(portsFile));
    return new ServerProcess(data, process, ports);
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

  /** SIGKILL: no hook runs, nothing is flushed. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
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
