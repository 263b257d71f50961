package io.telltale.keys;

import io.telltale.kernel.Scope;
import io.telltale.leases.KeyState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A scope's key as an operator sees it.
 *
 * @param versions of the key in the backend, oldest first
 * @param changed when the state last changed
 * @param destroyAfter when it is destroyed for good, while it waits for that
 */
public record ScopeKey(
    Scope scope,
    KeyState state,
    List<KeyBackend.Version> versions,
    Instant changed,
    Optional<Instant> destroyAfter) {
  public ScopeKey {
    versions = List.copyOf(versions);
  }
}
