package io.telltale.server.command;

import io.telltale.kernel.Counted;
import java.util.Optional;

/**
 * What an agent says of its connection every few seconds: why it waits, and once that it is over.
 */
final class StateLine {
  private boolean wasWell = true;

  /** On one thread. Empty as long as all is well. */
  Optional<String> next(boolean well, String state, int kept) {
    boolean silent = well && wasWell;
    wasWell = well;
    return silent
        ? Optional.empty()
        : Optional.of(
            "%s; %s".formatted(state, Counted.of(kept, "reading waits", "readings wait")));
  }
}
