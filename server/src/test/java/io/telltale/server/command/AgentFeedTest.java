package io.telltale.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AgentFeedTest {
  @Test
  void a_line_that_names_a_value_twice_is_no_reading() {
    assertThat(AgentFeed.values("{\"temperature\":21}")).contains(Map.of("temperature", 21.0));
    assertThat(AgentFeed.values("{\"temperature\":21,\"temperature\":22}")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{}",
        "[]",
        "21",
        "{\"temperature\":\"21\"}",
        "{\"temperature\":1e999}",
        "{\"temperature\":{\"is\":21}}",
        "{\"temperature\":[[[21]]]}",
        "{\"temperature\":21} and so on"
      })
  void what_is_no_flat_object_of_finite_numbers_is_no_reading(String line) {
    assertThat(AgentFeed.values(line)).isEmpty();
  }

  @Test
  void a_line_of_more_than_64_kib_is_no_reading() {
    String line = "{\"temperature\":21" + " ".repeat(64 * 1024 - 18) + "}";
    assertThat(line).hasSize(64 * 1024);
    assertThat(AgentFeed.values(line)).isPresent();
    assertThat(AgentFeed.values(line + " ")).isEmpty();
  }
}
