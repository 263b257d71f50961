package io.telltale.e2e.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.testkit.Checkout;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Firm ground 34: starts that must build wait for each other, and for nobody who is gone. */
final class BuildLockTest {
  private static final String TOOLS =
      "sh readlink dirname find head cat grep tr ls awk id mkdir rmdir rm touch tee date sed mv cp"
          + " ln sleep nice cksum locale tail";
  // Says when it has begun and waits for a word to end, where there are pipes for that.
  private static final String MAVEN =
      """
      #!/bin/sh
      here=$(dirname "$0")
      echo "$*" >>"$here/arguments"
      mkdir "$here/building" || echo one >>"$here/overlaps"
      if [ -p "$here/begun" ]; then
        echo begun >"$here/begun"
        read -r word <"$here/go"
      fi
      tree=$(cd "$here/../tree" && pwd)
      for module in server cli; do
        mkdir -p "$tree/$module/target/launcher"
        echo "$tree/cli/target/launcher/telltale-cli-1.jar" \
          >"$tree/$module/target/launcher/classpath.txt"
        : >"$tree/$module/target/launcher/telltale-$module-1.jar"
      done
      rmdir "$here/building"
      """;

  // A server serves until it is told to end.
  private static final String JAVA =
      """
      #!/bin/sh
      case " $* " in
        *" run "*) echo it serves; read -r word <"$(dirname "$0")/stop" ;;
        *) echo it runs ;;
      esac
      """;

  @TempDir private Path folder;
  private final List<Process> started = new ArrayList<>();
  private Path bin;
  private Path tree;

  @SuppressWarnings("NullAway.Init") // set before each
  BuildLockTest() {}

  @BeforeEach
  void make_a_checkout_a_jdk_and_a_maven() throws IOException {
    folder = folder.toRealPath();
    tree = Files.createDirectory(folder.resolve("tree"));
    bin = Files.createDirectory(folder.resolve("bin"));
    Files.copy(Checkout.root().resolve("telltale"), tree.resolve("telltale"));
    program(tree.resolve("telltale"), Files.readString(tree.resolve("telltale")));
    Files.writeString(tree.resolve("pom.xml"), "");
    for (String module : List.of("server", "cli")) {
      Files.createDirectories(tree.resolve(module).resolve("src/main"));
      Files.writeString(tree.resolve(module).resolve("pom.xml"), "");
    }
    Path jdk = Files.createDirectories(folder.resolve("jdk/bin"));
    program(jdk.resolve("java"), JAVA);
    program(jdk.resolve("javac"), "#!/bin/sh\n");
    Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"25.0.1\"\n");
    program(bin.resolve("mvn"), MAVEN);
  }

  private static void program(Path file, String text) throws IOException {
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  @AfterEach
  void end_what_was_started() {
    started.forEach(
        process -> {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly();
        });
  }

  private Process start(String path) throws IOException {
    return start("status", path);
  }

  private Process start(String command, String path) throws IOException {
    var builder = new ProcessBuilder(tree.resolve("telltale").toString(), command);
    builder.environment().put("PATH", bin + ":" + path);
    builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
    builder.environment().put("CI", "true");
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private static String usualPath() {
    return System.getenv("PATH");
  }

  /** Of the programs that the launcher runs, and of those that can lock the given ones only. */
  private String pathWith(String lockers) throws Exception {
    Path tools = Files.createDirectory(folder.resolve("tools"));
    shell(
        "for tool in %s %s; do ln -s \"$(command -v $tool)\" '%s/'; done"
            .formatted(TOOLS, lockers, tools));
    return tools.toString();
  }

  private static void shell(String script) throws Exception {
    Process process = new ProcessBuilder("/bin/sh", "-c", script).inheritIO().start();
    boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    process.destroyForcibly();
    assertThat(ended).as(script).isTrue();
  }

  private static void runs(Process start) throws Exception {
    assertThat(start.waitFor(60, TimeUnit.SECONDS)).as("it ends").isTrue();
    String err = new String(start.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(start.inputReader().readAllAsString()).as(err).isEqualTo("it runs\n");
    assertThat(start.exitValue()).isZero();
  }

  private List<String> builds() throws IOException {
    assertThat(bin.resolve("overlaps")).as("two built at once").doesNotExist();
    return Files.readAllLines(bin.resolve("arguments"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"flock", "perl", ""})
  void of_many_starts_at_once_one_builds(String locker) throws Exception {
    String path = pathWith(locker);
    var all = new ArrayList<Process>();
    for (int i = 0; i < 5; i++) {
      all.add(start(path));
    }
    for (Process each : all) {
      runs(each);
    }
    assertThat(builds()).hasSize(1);
  }

  // A process number is given again, and a start may be killed before it has written its own.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_a_killed_start_left_holds_nobody_up(boolean withNumber) throws Exception {
    Path left = Files.createDirectories(tree.resolve(".telltale-build/lock"));
    if (withNumber) {
      Files.writeString(left.resolve("pid"), ProcessHandle.current().pid() + "\n");
    }
    runs(start(usualPath()));
    assertThat(builds()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"flock", "perl"})
  void the_maven_of_a_killed_start_is_waited_for(String locker) throws Exception {
    String path = pathWith(locker);
    shell("mkfifo '%s/begun' '%s/go'".formatted(bin, bin));
    String begun = "read -r word <'%s/begun'".formatted(bin);
    String go = "echo go >'%s/go'".formatted(bin);
    Process killed = start(path);
    shell(begun);
    killed.destroyForcibly().waitFor();
    Process next = start(path);
    try (BufferedReader err = next.errorReader()) {
      assertThat(err.readLine()).contains("waiting for another start");
      shell(go);
      shell(begun);
      shell(go);
      assertThat(next.inputReader().readAllAsString()).isEqualTo("it runs\n");
    }
    assertThat(builds()).hasSize(2);
  }

  @Test
  void where_the_kernel_cannot_lock_it_is_said_what_to_remove() throws Exception {
    Path left = Files.createDirectories(tree.resolve(".telltale-build/lock"));
    Process start = start(pathWith(""));
    try (BufferedReader err = start.errorReader()) {
      assertThat(err.readLine()).contains("if none is running, remove " + left);
      Files.delete(left);
      assertThat(start.inputReader().readAllAsString()).isEqualTo("it runs\n");
    }
  }

  @Test
  void a_library_with_a_wrong_checksum_is_not_used() throws Exception {
    runs(start(usualPath()));
    assertThat(builds())
        .allSatisfy(options -> assertThat(options.split(" ")).contains("--strict-checksums"));
  }

  private void buildAgain(String path) throws Exception {
    Files.writeString(tree.resolve("pom.xml"), "changed");
    int before = builds().size();
    runs(start(path));
    assertThat(builds()).hasSize(before + 1);
  }

  // A server makes workers from its jars as long as it lives.
  @ParameterizedTest
  @ValueSource(strings = {"flock", "perl"})
  void what_a_server_was_started_from_stays_until_it_has_ended(String locker) throws Exception {
    String path = pathWith(locker);
    Path stop = folder.resolve("jdk/bin/stop");
    shell("mkfifo '%s'".formatted(stop));
    Process server = start("run", path);
    try (BufferedReader out = server.inputReader()) {
      assertThat(out.readLine()).isEqualTo("it serves");
      Path build = tree.resolve(".telltale-build");
      Path app = build.resolve(Files.readString(build.resolve("current")).strip());
      for (int i = 0; i < 3; i++) {
        buildAgain(path);
      }
      assertThat(app.resolve("telltale-server-1.jar")).exists();
      shell("echo end >'%s'".formatted(stop));
      assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
      buildAgain(path);
      assertThat(app).doesNotExist();
      try (Stream<Path> left = Files.list(build)) {
        assertThat(left.filter(file -> file.getFileName().toString().startsWith("app.")))
            .hasSize(2);
      }
    }
  }
}
