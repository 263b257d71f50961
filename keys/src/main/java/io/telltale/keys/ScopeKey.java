package io.telltale.keys;

import io.telltale.kernel.Scope;
import io.telltale.leases.KeyState;
import java.time.Instant;
import java.util.List;

/**
 * A scope's key as an operator sees it.
 *
 * @param versions of the key in the backend, oldest first
 * @param changed when the state last changed
 */
public record ScopeKey(
    Scope scope, KeyState state, List<KeyBackend.Version> versions, Instant changed) {
  public ScopeKey {
    versions = List.copyOf(versions);
  }
}
