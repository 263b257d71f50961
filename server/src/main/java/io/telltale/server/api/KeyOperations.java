package io.telltale.server.api;

import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What operators do with scope keys. */
public interface KeyOperations {
  List<Key> list(TenantId tenant);

  Outcome change(Verb verb, Scope scope, Because because);

  /**
   * A scope's key.
   *
   * @param versions as {@code number state}, oldest first
   * @param destroyedAt when it will be, of one that waits for that
   */
  record Key(
      Scope scope,
      String state,
      List<String> versions,
      Instant changed,
      Optional<Instant> destroyedAt) {
    public Key {
      versions = List.copyOf(versions);
    }
  }

  /** Who wants it and why. */
  record Because(SpiffeId who, String reason) {}

  /** What can be done to a scope's key. */
  enum Verb {
    ROTATE,
    DISABLE,
    ENABLE,
    DESTROY
  }

  /** What came of it. */
  sealed interface Outcome {
    /** It is in effect; the same again is too. */
    record Done(Key key) implements Outcome {}

    /** There is no key of that scope. */
    record Unknown() implements Outcome {}

    /** Not allowed, or not in the key's state; {@code message} says why. */
    record Refused(String message) implements Outcome {}
  }
}
