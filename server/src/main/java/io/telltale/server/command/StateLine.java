package io.telltale.server.command;

import io.telltale.device.Agent;
import io.telltale.kernel.Counted;
import java.util.Optional;

/**
 * What an agent says of its connection every few seconds: why it waits, and once that it is over.
 */
final class StateLine {
  private boolean wasWell = true;
  private boolean advised;

  /** Empty as long as all is well. */
  synchronized Optional<String> next(boolean well, State state, int kept) {
    boolean silent = well && wasWell;
    wasWell = well;
    advised &= !well;
    return silent
        ? Optional.empty()
        : Optional.of(
            "%s; %s".formatted(words(state), Counted.of(kept, "reading waits", "readings wait")));
  }

  /** With the advice once until all is well again: it is long, and the same each time. */
  synchronized String words(State state) {
    boolean whole = !advised;
    advised = advised || !state.whole().equals(state.brief());
    return whole ? state.whole() : state.brief();
  }

  /**
   * What an agent's connection does.
   *
   * @param whole with what helps, if anything does
   * @param brief without
   */
  record State(String whole, String brief) {
    static State of(Agent agent) {
      return new State(agent.state(), agent.brief());
    }
  }
}
