package io.telltale.testkit;

import static java.util.Objects.requireNonNull;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server of the tests' own, by Debian's programs, in a folder of its own and on a
 * loopback port; never one that is installed and runs. Ends with the JVM.
 */
public final class PostgresServer {
  /** The administrator, too. */
  public static final String USER = "telltale";

  public static final String DATABASE = "postgres";
  private static final String PASSWORD = "a password of the tests";
  private static final Path DEBIAN = Path.of("/usr/lib/postgresql");
  private static final Path MEMORY = Path.of("/dev/shm");
  private static final long MEMORY_BYTES_MIN = 3L << 30;
  private static final String NOBODY = "nobody";
  private static final long READY_SECONDS = 60;
  private static final String GIVEN = "telltale.postgres";
  private static @Nullable PostgresServer shared;

  private final Path programs;
  private final Path folder;
  private final int port;
  private @Nullable Process process;

  private PostgresServer(Path programs, Path folder, int port) {
    this.programs = programs;
    this.folder = folder;
    this.port = port;
  }

  private static int freePort() throws IOException {
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  /**
   * The one that all tests of this JVM share, started by who asks first; skips the calling test
   * where PostgreSQL is not installed (fails it under {@code CI=true}).
   */
  public static synchronized PostgresServer shared() {
    PostgresServer known = shared;
    if (known == null) {
      int port = Integer.getInteger(GIVEN, 0);
      known = port == 0 ? fresh() : new PostgresServer(programs(), given(), port);
      shared = known;
    }
    return known;
  }

  private static Path given() {
    return Path.of(System.getProperty(GIVEN + ".folder", ""));
  }

  /** Options of a JVM for which this is the one that is shared. */
  public List<String> options() {
    return List.of("-D" + GIVEN + "=" + port, "-D" + GIVEN + ".folder=" + folder);
  }

  /** One that a test may kill. */
  public static PostgresServer fresh() {
    try {
      return started(programs(), Files.createTempDirectory(roomy(), "telltale-postgres"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * In memory, if there is plenty: it is asked for its every commit to be durable, as any server
   * is, and most of the time of a short commit would go into waiting for the disk.
   */
  private static Path roomy() throws IOException {
    boolean plenty =
        Files.isWritable(MEMORY) && Files.getFileStore(MEMORY).getUsableSpace() > MEMORY_BYTES_MIN;
    return plenty ? MEMORY : Path.of(System.getProperty("java.io.tmpdir"));
  }

  /**
   * One in {@code folder}, which is made, with those above it to be passed through by anybody;
   * empty where PostgreSQL is not installed.
   */
  public static Optional<PostgresServer> in(Path folder) {
    return installed().map(programs -> in(folder, programs));
  }

  private static PostgresServer in(Path folder, Path programs) {
    try {
      Files.createDirectories(folder);
      if (isRoot()) {
        reachable(folder);
      }
      return started(programs, folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // The server is not root's, and a temporary folder is its owner's only.
  private static void reachable(Path folder) throws IOException {
    Path up = folder.toAbsolutePath().getParent();
    while (up != null && !up.equals(Path.of("/tmp")) && !up.equals(Path.of("/"))) {
      Set<PosixFilePermission> may = Files.getPosixFilePermissions(up);
      may.addAll(Set.of(PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_EXECUTE));
      Files.setPosixFilePermissions(up, may);
      up = up.getParent();
    }
  }

  private static PostgresServer started(Path programs, Path folder) {
    try {
      var server = new PostgresServer(programs, folder, freePort());
      Runtime.getRuntime().addShutdownHook(new Thread(server::remove));
      server.make();
      server.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Path programs() {
    return installed().orElseGet(() -> Peers.require("initdb").toAbsolutePath().getParent());
  }

  // Debian keeps each version's apart, and only psql and the like on the PATH.
  private static Optional<Path> installed() {
    try (Stream<Path> versions = Files.exists(DEBIAN) ? Files.list(DEBIAN) : Stream.empty()) {
      return versions
          .filter(version -> Files.isExecutable(version.resolve("bin/initdb")))
          .max(Comparator.comparingInt(PostgresServer::number))
          .map(version -> version.resolve("bin"))
          .or(() -> Peers.find("initdb").map(program -> program.toAbsolutePath().getParent()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // 9.6 and whatever else is no number comes last.
  private static int number(Path version) {
    String name = String.valueOf(version.getFileName());
    return name.matches("[0-9]{1,4}") ? Integer.parseInt(name) : 0;
  }

  public int port() {
    return port;
  }

  /** As {@code database.url} has it. */
  public String url() {
    return url(DATABASE);
  }

  /** The same of another database: it is open without a password, whose proof takes long. */
  public String url(String database) {
    return "postgresql://127.0.0.1:" + port + "/" + database;
  }

  /** As JDBC has it, with the password. */
  public String jdbcUrl() {
    return "jdbc:%s?user=%s&password=%s"
        .formatted(url(), USER, URLEncoder.encode(PASSWORD, StandardCharsets.UTF_8));
  }

  public Path passwordFile() {
    return folder.resolve("password");
  }

  public String password() {
    return PASSWORD;
  }

  private void make() throws IOException, InterruptedException {
    Files.writeString(passwordFile(), PASSWORD + "\n");
    if (isRoot()) {
      // The server refuses to run as root.
      for (Path each : List.of(folder, passwordFile())) {
        Files.setOwner(
            each,
            folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(NOBODY));
      }
    }
    Ran made =
        Ran.of(
            asServer(
                "initdb",
                "-D",
                data(),
                "-U",
                USER,
                "-A",
                "scram-sha-256",
                "--pwfile",
                passwordFile().toString(),
                "-E",
                "UTF8",
                // Another order of texts than ours, so that a store that takes it is found out.
                "--locale=C.UTF-8",
                "--no-sync"));
    if (made.exitCode() != 0) {
      throw new AssertionError("initdb: " + made.output());
    }
    Files.writeString(
        dataFolder().resolve("pg_hba.conf"),
        """
        host %s all 127.0.0.1/32 scram-sha-256
        host all all 127.0.0.1/32 trust
        """
            .formatted(DATABASE));
  }

  private String data() {
    return dataFolder().toString();
  }

  /** Where it keeps what is stored. */
  public Path dataFolder() {
    return folder.resolve("data");
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private List<String> asServer(String program, String... arguments) {
    var command = new ArrayList<String>();
    if (isRoot()) {
      command.addAll(List.of("setpriv", "--reuid", NOBODY, "--regid", "nogroup"));
      command.add("--clear-groups");
    }
    command.add(programs.resolve(program).toString());
    command.addAll(List.of(arguments));
    return command;
  }

  /** Starts it, or again after {@link #kill}; returns once it answers. */
  public void start() throws IOException, InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    while (System.nanoTime() < until) {
      Process started = process;
      if (started == null || !started.isAlive()) {
        // After a kill its children need a moment to end, and until then it refuses to start.
        started = launch();
        process = started;
      }
      Ran asked =
          Ran.of(
              programs.resolve("pg_isready").toString(),
              "-q",
              "-h",
              "127.0.0.1",
              "-p",
              Integer.toString(port));
      if (asked.exitCode() == 0) {
        return;
      }
      started.waitFor(50, TimeUnit.MILLISECONDS);
    }
    throw new AssertionError("PostgreSQL does not start: " + Files.readString(log()));
  }

  private Process launch() throws IOException {
    return new ProcessBuilder(
            asServer(
                "postgres",
                "-D",
                data(),
                "-p",
                Integer.toString(port),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
                "-c",
                "max_connections=300",
                // It may lie in memory, and leaves nothing there when it is killed.
                "-c",
                "max_wal_size=128MB",
                "-c",
                "dynamic_shared_memory_type=mmap"))
        .redirectErrorStream(true)
        .redirectInput(new File("/dev/null"))
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
        .directory(folder.toFile())
        .start();
  }

  private Path log() {
    return folder.resolve("log");
  }

  /** kill -9, as when the machine ends. */
  public void kill() throws InterruptedException {
    Process running = process;
    if (running != null) {
      running.destroyForcibly().waitFor();
    }
  }

  /** Of the server, of which its other processes are the children. */
  public ProcessHandle process() {
    return requireNonNull(process, "one that was given").toHandle();
  }

  /** Ends it in good order, or in any after a while. */
  public void stop() throws InterruptedException {
    Process running = process;
    if (running != null) {
      running.destroy();
      if (!running.waitFor(20, TimeUnit.SECONDS)) {
        kill();
      }
    }
  }

  private void remove() {
    try {
      kill();
      try (Stream<Path> files = Files.exists(folder) ? Files.walk(folder) : Stream.empty()) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException | UncheckedIOException e) {
      // Its children may still write to it: what is left is below /tmp.
      System.err.println("left behind: " + folder);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
