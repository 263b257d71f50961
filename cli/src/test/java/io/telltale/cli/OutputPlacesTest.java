package io.telltale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where nothing can be written, which is told before a server is asked. */
class OutputPlacesTest {
  /** What is typed before the name, for a file or for a folder of files. */
  record Verb(List<String> words, String option, boolean isFolder) {}

  private static final List<Verb> VERBS =
      List.of(
          new Verb(List.of("proof", "export", "SELECT 1"), "--output", false),
          new Verb(List.of("query", "SELECT 1"), "--output", false),
          new Verb(List.of("enroll-token", "create", "--device", "a"), "--out", false),
          new Verb(List.of("enroll-token", "create", "--from", "fleet.csv"), "--out-dir", true),
          new Verb(List.of("device", "import", "fleet.csv"), "--out-dir", true));

  @TempDir Path folder;
  @AutoClose private final TestServer server = TestServer.start();
  private String data = "";

  @BeforeEach
  void make_the_data_folder() throws IOException {
    data = server.dataFolder(folder);
    Files.writeString(folder.resolve("fleet.csv"), "id,type\na,t\n");
    Files.writeString(folder.resolve("README.md"), "");
    Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("nowhere"));
  }

  private static Stream<Verb> verbs() {
    return VERBS.stream();
  }

  @ParameterizedTest
  @MethodSource("verbs")
  void is_told_with_the_option_the_name_as_given_and_what_is_in_the_way(Verb verb) {
    if (verb.isFolder()) {
      refused(verb, "README.md", "no file can be written", "README.md is a file");
      refused(verb, "README.md/x/y", "cannot be made", "README.md is a file");
      refused(verb, "dangling", "cannot be made", "dangling is a link to nothing");
      refused(verb, "dangling/x", "cannot be made", "dangling is a link to nothing");
      // A folder in which not even root may make anything.
      refused(verb, "/proc/a/b", "the folder /proc/a/b cannot be made", " in /proc");
    } else {
      refused(verb, "operator", "is a folder: name a file");
      refused(verb, "none/x", "there is no folder", "none");
      refused(verb, "README.md/x", "README.md is a file, and must be a folder");
      refused(verb, "/proc/a", "cannot write /proc/a: nothing can be written to /proc");
    }
  }

  @ParameterizedTest
  @MethodSource("verbs")
  void a_name_that_is_none_is_told_so(Verb verb) {
    typed(verb, "", "the name is empty");
    if (!verb.isFolder()) {
      typed(verb, "-", "- is no file", "name a file");
    }
  }

  @Test
  void what_is_no_file_and_can_be_written_is() {
    server.reply("POST /v1/proofs", 200, "{\"format\":\"telltale-proof\"}");
    Cli ran = Cli.run("proof", "export", "SELECT 1", "-o", "/dev/null", "--data", data);
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.OK);
  }

  @Test
  void a_pipe_without_a_name_gets_the_answer() throws IOException {
    server.reply("POST /v1/proofs", 200, "{\"format\":\"telltale-proof\"}");
    Process reader = new ProcessBuilder("cat").start();
    try {
      String pipe = "/proc/%d/fd/0".formatted(reader.pid()); // as /dev/fd/63 of '>(cat)'
      Cli ran = Cli.run("proof", "export", "SELECT 1", "-o", pipe, "--data", data);
      assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.OK);
      reader.getOutputStream().close();
      assertThat(reader.inputReader().readAllAsString())
          .isEqualTo("{\"format\":\"telltale-proof\"}");
      // It may be what the command prints to: nothing is told behind the answer.
      assertThat(ran.out()).isEmpty();
      assertThat(ran.err()).contains("27 bytes written");
    } finally {
      reader.destroy();
    }
  }

  @Test
  void rows_for_a_file_and_the_answer_for_the_screen_are_not_asked_for_at_once() {
    Path file = folder.resolve("x.json");
    Cli ran = Cli.run("query", "SELECT 1", "--json", "-o", file.toString(), "--data", data);
    assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("--format json");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void what_is_told_of_a_stream_stands_behind_no_answer() {
    Cli json = Cli.run("proof", "export", "SELECT 1", "--json", "-o", "/dev/null", "--data", data);
    assertThat(json.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(json.err()).contains("--json prints how many bytes");
    assertThat(server.requests).isEmpty();
  }

  // It went round for ever: above a linked folder is not what its name says.
  @Test
  void a_link_that_climbs_out_of_a_linked_folder_is_followed_as_the_system_does()
      throws IOException {
    server.reply("POST /v1/proofs", 200, "{\"format\":\"telltale-proof\"}");
    Files.createDirectories(folder.resolve("d/e"));
    Files.writeString(folder.resolve("d/a"), "before");
    Files.createSymbolicLink(folder.resolve("s"), Path.of("d/e"));
    Path link = Files.createSymbolicLink(folder.resolve("a"), Path.of("s/../a"));
    Cli ran = Cli.run("proof", "export", "SELECT 1", "-o", link.toString(), "--data", data);
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.OK);
    assertThat(folder.resolve("d/a")).hasContent("{\"format\":\"telltale-proof\"}");
  }

  @Test
  void a_descriptor_of_a_file_is_not_written_over() throws IOException {
    Path others = Files.writeString(folder.resolve("others"), "before");
    try (var open = Files.newByteChannel(others, StandardOpenOption.APPEND);
        Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      Path descriptor = descriptors.filter(one -> leadsTo(one, others)).findFirst().orElseThrow();
      Path link = Files.createSymbolicLink(folder.resolve("link"), descriptor);
      for (Path name : List.of(descriptor, link)) {
        Verb verb = VERBS.getFirst();
        typed(verb, name.toString(), name + " stands for an open file: name that file");
      }
      assertThat(open.size()).isEqualTo("before".length());
    }
  }

  private static boolean leadsTo(Path descriptor, Path file) {
    try {
      return Files.readSymbolicLink(descriptor).equals(file);
    } catch (IOException e) {
      return false; // The listing's own is gone.
    }
  }

  private void refused(Verb verb, String name, String... told) {
    typed(verb, folder.resolve(name).toString(), told);
  }

  private void typed(Verb verb, String name, String... told) {
    var line = new ArrayList<String>();
    for (String word : verb.words()) {
      line.add(word.equals("fleet.csv") ? folder.resolve(word).toString() : word);
    }
    line.addAll(List.of(verb.option(), name, "--data", data));
    Cli ran = Cli.run(line.toArray(String[]::new));
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err())
        .startsWith("telltale: " + verb.option() + ": ")
        .contains(told)
        .doesNotContain("ID.json", "Exception", "probe", "draft");
    assertThat(server.requests).isEmpty();
  }
}
