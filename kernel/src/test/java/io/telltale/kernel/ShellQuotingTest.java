package io.telltale.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What we print to be typed means what it says. */
class ShellQuotingTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain/path-1.txt",
        "with a space",
        "it's",
        "SELECT \"offset\" FROM readings WHERE device = 'press-01'",
        "$HOME `id` \\ !",
        ""
      })
  void a_shell_reads_the_word_back(String word) throws IOException {
    Process shell =
        new ProcessBuilder("sh", "-c", "printf %s " + ShellQuoting.quoted(word)).start();
    assertThat(new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo(word);
  }
}
