package io.telltale.keys;

import io.telltale.kernel.CorruptException;
import io.telltale.leases.KeyState;
import java.util.List;

/** The numbers that stand for states and operations in databases: never to be changed. */
final class KeyStateCodes {
  private static final List<KeyState> STATES =
      List.of(
          KeyState.ENABLED, KeyState.DISABLED, KeyState.PENDING_DESTRUCTION, KeyState.DESTROYED);

  private KeyStateCodes() {}

  static int of(KeyState state) {
    return 1 + STATES.indexOf(state);
  }

  static KeyState state(int code) {
    if (code < 1 || code > STATES.size()) {
      throw new CorruptException("a key state of unknown number " + code);
    }
    return STATES.get(code - 1);
  }
}
