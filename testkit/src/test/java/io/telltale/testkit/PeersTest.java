package io.telltale.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

final class PeersTest {
  @Test
  void finds_a_program_on_the_path() {
    assertThat(Peers.require("sh", Map.of("PATH", "/nowhere:/bin"))).isExecutable();
  }

  @Test
  void a_missing_program_skips_the_test_on_a_developers_machine() {
    assertThatThrownBy(() -> Peers.require("no-such-program", Map.of("PATH", "/bin")))
        .isInstanceOf(TestAbortedException.class)
        .hasMessageContaining("no-such-program is not installed");
  }

  @Test
  void a_missing_program_fails_the_test_in_ci() {
    Map<String, String> ci = Map.of("PATH", "/bin", "CI", "true");
    assertThatThrownBy(() -> Peers.require("no-such-program", ci))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("no-such-program is not installed");
  }

  // Firm ground 21
  @Test
  void a_program_without_the_part_that_the_test_needs_is_missing_too() throws Exception {
    Map<String, String> plain = Map.of("PATH", "/bin:/usr/bin");
    assertThat(Peers.require("echo", plain, "openssl curl", "curl")).isExecutable();
    assertThatThrownBy(() -> Peers.require("echo", plain, "openssl", "curl"))
        .isInstanceOf(TestAbortedException.class)
        .hasMessageContaining("the part curl of echo is not installed");
  }
}
