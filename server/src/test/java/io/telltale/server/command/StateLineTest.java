package io.telltale.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class StateLineTest {
  // After a restart of the server nothing said that readings went out again.
  @Test
  void an_agent_says_why_it_waits_and_once_that_it_is_connected_again() {
    var line = new StateLine();
    assertThat(line.next(true, "connected", 0)).isEmpty();
    assertThat(line.next(false, "nobody listens there; tries again", 2))
        .contains("nobody listens there; tries again; 2 readings wait");
    assertThat(line.next(false, "nobody listens there; tries again", 3)).isPresent();
    assertThat(line.next(true, "connected", 1)).contains("connected; 1 reading waits");
    assertThat(line.next(true, "connected", 0)).isEmpty();
  }
}
