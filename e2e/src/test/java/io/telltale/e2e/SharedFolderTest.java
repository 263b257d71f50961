package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import io.telltale.server.Server;
import io.telltale.testkit.Ran;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 32: {@code telltale agent} changes nothing of a folder that is not its own. */
final class SharedFolderTest {
  private static final String READING = "{\"temperature\": 61.5}\n";

  @TempDir private Path folder;

  @Test
  void a_folder_of_others_stays_as_it_is_and_one_of_its_own_inside_is_taken() throws Exception {
    try (Server _ = Server.start(InProcess.config(folder, "data"))) {
      for (String mode : List.of("rwxr-xr-x", "rwxrwxrwx")) {
        Path shared = Files.createDirectory(folder.resolve("shared-" + mode));
        file(shared.resolve("build.sh"), "rwxr-xr-x");
        file(shared.resolve("notes/todo"), "rw-rw-rw-");
        mode(shared, mode);
        Map<String, String> before = state(shared);
        String token = token("press-of-" + mode);

        Ran refused = agent(shared, "--token-file", token);
        Path own = shared.resolve("telltale");
        assertThat(refused.output()).contains("holds other files", own.toString());
        assertThat(refused.exitCode()).isNotZero();
        assertThat(state(shared)).isEqualTo(before);

        Ran inside = agent(own, "--token-file", token);
        assertThat(inside.output()).contains("1 acknowledged, 0 refused");
        assertThat(mode(own)).isEqualTo("rwx------");
        Map<String, String> after = state(shared);
        after.keySet().removeIf(path -> path.startsWith("telltale"));
        assertThat(after).isEqualTo(before);
      }
    }
  }

  @Test
  void an_empty_folder_keeps_its_mode_and_is_refused_where_everybody_may_write() throws Exception {
    try (Server _ = Server.start(InProcess.config(folder, "data"))) {
      String token = token("press-1");
      Path open = mode(Files.createDirectory(folder.resolve("open")), "rwxrwxrwx");
      Ran refused = agent(open, "--token-file", token);
      assertThat(refused.output()).contains("may be written by everybody");
      assertThat(refused.exitCode()).isNotZero();
      assertThat(mode(open)).isEqualTo("rwxrwxrwx");
      assertThat(open).isEmptyDirectory();

      Path given = mode(Files.createDirectory(folder.resolve("given")), "rwxr-xr-x");
      Ran taken = agent(given, "--token-file", token);
      assertThat(taken.output()).contains("1 acknowledged, 0 refused");
      assertThat(mode(given)).isEqualTo("rwxr-xr-x");
      assertThat(mode(given.resolve("device.key"))).isEqualTo("rw-------");
      assertThat(mode(given.resolve("machine.secret"))).isEqualTo("rw-------");
    }
  }

  private String token(String device) {
    Path file = folder.resolve(device + ".token.json");
    var add = List.of("device", "add", device, "--type", "press", "--environment", "test");
    run(add, "--region", "eu", "--product-line", "line-1");
    run(List.of("enroll-token", "create", "--device", device), "--out", file.toString());
    return file.toString();
  }

  private void run(List<String> command, String... arguments) {
    var all = new ArrayList<>(command);
    all.addAll(List.of(arguments));
    all.addAll(List.of("--data", folder.resolve("data").toString()));
    ServerProcess.Ran ran = ServerProcess.command(all.toArray(String[]::new));
    assertThat(ran.exitCode()).as(ran.toString()).isZero();
  }

  private static Ran agent(Path home, String... arguments) throws Exception {
    var all = new ArrayList<>(List.of("agent", "--device-data", home.toString()));
    all.addAll(List.of(arguments));
    List<String> command =
        Product.command(List.of("-XX:TieredStopAtLevel=1"), all.toArray(String[]::new));
    return Ran.of(new ProcessBuilder(command), READING);
  }

  private static void file(Path path, String mode) throws IOException {
    Files.createDirectories(path.getParent());
    mode(Files.writeString(path, "theirs"), mode);
  }

  private static Path mode(Path path, String mode) throws IOException {
    return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  /** Mode, owner and content of everything in a folder and of the folder itself. */
  private static Map<String, String> state(Path folder) throws IOException {
    var state = new TreeMap<String, String>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        String content =
            Files.isRegularFile(path)
                ? Hash.sha256(Bytes.adopt(Files.readAllBytes(path))).hex()
                : "folder";
        state.put(
            folder.relativize(path).toString(),
            mode(path) + " " + Files.getOwner(path) + " " + content);
      }
    }
    return state;
  }
}
