package io.telltale.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class StateLineTest {
  // After a restart of the server nothing said that readings went out again.
  @Test
  void an_agent_says_why_it_waits_and_once_that_it_is_connected_again() {
    var line = new StateLine();
    assertThat(line.next(true, plain("connected"), 0)).isEmpty();
    assertThat(line.next(false, plain("nobody listens there; tries again"), 2))
        .contains("nobody listens there; tries again; 2 readings wait");
    assertThat(line.next(false, plain("nobody listens there; tries again"), 3)).isPresent();
    assertThat(line.next(true, plain("connected"), 1)).contains("connected; 1 reading waits");
    assertThat(line.next(true, plain("connected"), 0)).isEmpty();
  }

  // It was the same 400 characters three times, or fourteen.
  @Test
  void what_helps_is_said_once_until_the_agent_is_connected_again() {
    var line = new StateLine();
    var revoked = new StateLine.State("revoked: enroll it anew", "revoked");
    assertThat(line.next(false, revoked, 1)).contains("revoked: enroll it anew; 1 reading waits");
    assertThat(line.next(false, revoked, 1)).contains("revoked; 1 reading waits");
    assertThat(line.words(revoked)).isEqualTo("revoked");
    assertThat(line.next(true, plain("connected"), 0)).isPresent();
    assertThat(line.words(revoked)).isEqualTo("revoked: enroll it anew");
    assertThat(line.words(revoked)).isEqualTo("revoked");
  }

  private static StateLine.State plain(String state) {
    return new StateLine.State(state, state);
  }
}
