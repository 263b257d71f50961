package io.telltale.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.testkit.Ran;
import io.telltale.verifier.VerifyCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is printed is often kept: {@code policy show > FILE}. */
class FullOutputTest {
  @TempDir private Path folder;

  @Test
  void what_could_not_be_written_is_told_and_is_no_success() throws Exception {
    Ran ran = help("> /dev/full");
    assertThat(ran.exitCode()).as(ran.toString()).isEqualTo(1);
    assertThat(ran.output()).contains("not all of it could be written to the standard output");
  }

  @Test
  void who_stops_to_read_is_told_nothing() throws Exception {
    Ran ran = help("| true");
    assertThat(ran.output()).isEmpty();
  }

  @Test
  void what_was_written_is_a_success() throws Exception {
    Ran ran = help("> /dev/null");
    assertThat(ran.exitCode()).as(ran.toString()).isZero();
    assertThat(ran.output()).isEmpty();
  }

  // 1 is a verdict.
  @Test
  void a_verdict_that_was_not_written_is_none_whoever_typed_the_command() throws Exception {
    Path typed = Files.writeString(folder.resolve("v.args"), "verify\n--help\n");
    for (String words : List.of("verify --help", "@" + typed)) {
      Ran ran = run(words + " > /dev/full");
      assertThat(ran.exitCode()).as(words + ran).isEqualTo(VerifyCommand.SOFTWARE);
    }
  }

  private static Ran help(String redirected) throws Exception {
    return run("--help " + redirected);
  }

  private static Ran run(String words) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin/java").toString();
    var program = new ProcessBuilder("sh", "-c", "\"$0\" \"$1\" " + words, java);
    program.command().add(Main.class.getName());
    program.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    return Ran.of(program, "");
  }
}
