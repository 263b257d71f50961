package io.telltale.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class AgentFeedTest {
  @Test
  void a_line_that_names_a_value_twice_is_no_reading() {
    assertThat(AgentFeed.values("{\"temperature\":21}")).contains(Map.of("temperature", 21.0));
    assertThat(AgentFeed.values("{\"temperature\":21,\"temperature\":22}")).isEmpty();
  }
}
