package io.telltale.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RanTest {
  private static final String[] ECHO = {"sh", "-c", "cat; echo ' to you' >&2; exit 3"};

  @Test
  void a_program_is_given_its_input_and_tells_output_errors_and_exit_code() throws Exception {
    assertThat(Ran.of(new ProcessBuilder(ECHO), "hello")).isEqualTo(new Ran(3, "hello to you\n"));
    assertThat(Ran.of(ECHO)).isEqualTo(new Ran(3, " to you\n"));
  }
}
