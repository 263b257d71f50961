package io.telltale.doors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CauseTest {
  // A device that is turned away for want of room has shown who it is.
  @Test
  void only_a_handshake_that_was_not_finished_is_called_so() {
    assertThat(
            Arrays.stream(Cause.values())
                .filter(cause -> cause.sentence().equals("the handshake was not finished"))
                .collect(Collectors.toSet()))
        .containsExactlyInAnyOrder(
            Cause.PROTOCOL_ERROR, Cause.TIMEOUT, Cause.CLOSED_BY_PEER, Cause.TOO_MANY);
    assertThat(Cause.FULL.sentence()).contains("room");
  }
}
