package io.telltale.bench;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Debian's PostgreSQL with the settings that it ships, in a folder of its own. */
final class PostgresServer implements AutoCloseable {
  private static final Path VERSIONS = Path.of("/usr/lib/postgresql");
  private static final String NOT_ROOT = "nobody";
  private static final int START_LOOKS = 200;

  private final Process process;
  private final Path folder;
  private final int port;

  private PostgresServer(Process process, Path folder, int port) {
    this.process = process;
    this.folder = folder;
    this.port = port;
  }

  static PostgresServer start(Path folder) throws IOException, InterruptedException {
    Path programs = programs();
    Files.createDirectories(folder);
    Path data = folder.resolve("data");
    if (isRoot()) {
      run(List.of("chown", NOT_ROOT, folder.toString()));
      reachable(folder);
    }
    run(
        asOther(
            List.of(
                programs.resolve("initdb").toString(),
                "--pgdata=" + data,
                "--username=bench",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale")));
    int port = freePort();
    Process process =
        StartedBroker.process(
            asOther(
                List.of(
                    programs.resolve("postgres").toString(),
                    "-D",
                    data.toString(),
                    "-h",
                    "127.0.0.1",
                    "-p",
                    Integer.toString(port),
                    "-k",
                    folder.toString())),
            folder.resolveSibling("postgres.log"));
    var server = new PostgresServer(process, data, port);
    server.awaitReady();
    return server;
  }

  private static Path programs() throws IOException {
    if (!Files.isDirectory(VERSIONS)) {
      throw new IOException("no PostgreSQL in " + VERSIONS + ": apt-get install postgresql");
    }
    try (Stream<Path> versions = Files.list(VERSIONS)) {
      return versions
          .max(Comparator.comparingInt(PostgresServer::number))
          .map(version -> version.resolve("bin"))
          .orElseThrow(() -> new IOException("no PostgreSQL in " + VERSIONS));
    }
  }

  private static int number(Path version) {
    String name = String.valueOf(version.getFileName());
    return name.matches("[0-9]{1,4}") ? Integer.parseInt(name) : 0;
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  // PostgreSQL refuses to run as root.
  private static List<String> asOther(List<String> command) {
    if (!isRoot()) {
      return command;
    }
    var all = new ArrayList<>(List.of("setpriv", "--reuid=" + NOT_ROOT, "--clear-groups", "--"));
    all.addAll(command);
    return all;
  }

  // The temporary folder is its owner's only.
  private static void reachable(Path folder) throws IOException, InterruptedException {
    Path up = folder.getParent();
    while (up != null && !up.equals(Path.of("/tmp")) && !up.equals(Path.of("/"))) {
      run(List.of("chmod", "go+x", up.toString()));
      up = up.getParent();
    }
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(command.getFirst() + ": " + said);
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private void awaitReady() throws IOException, InterruptedException {
    for (int look = 0; look < START_LOOKS && process.isAlive(); look++) {
      try (var _ = DriverManager.getConnection(url())) {
        return;
      } catch (SQLException e) {
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
    throw new IOException("PostgreSQL does not answer; see its log");
  }

  String url() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=bench";
  }

  Path folder() {
    return folder;
  }

  /** Of the server, of its processes that live, and of those that it has seen end. */
  double cpuSeconds() {
    return ProcessFigures.withEnded(process.pid())
        + process.descendants().mapToDouble(one -> ProcessFigures.withEnded(one.pid())).sum();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
