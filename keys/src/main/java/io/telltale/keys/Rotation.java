package io.telltale.keys;

import io.telltale.kernel.Scope;
import io.telltale.leases.KeyState;
import io.telltale.leases.Operation;
import java.util.List;
import java.util.Map;

/** Re-wraps everything of a scope under a new version of its key, inside the authority. */
final class Rotation {
  private final AuthorityParts core;
  private final ScopeKeys scopes;
  private final EpochKeys epochs;

  Rotation(AuthorityParts core, ScopeKeys scopes, EpochKeys epochs) {
    this.core = core;
    this.scopes = scopes;
    this.epochs = epochs;
  }

  /** The caller holds the write lock. */
  KeyChange rotate(Scope scope, KeyAct act) {
    if (!core.grants().allow(act.by(), scope, Operation.ROTATE)) {
      scopes.refused(act, scope, Operation.ROTATE);
      return new KeyChange.Refused("not-granted");
    }
    if (!scopes.known(scope)) {
      return new KeyChange.Refused("unknown-scope");
    }
    if (!scopes.state(scope).usable()) {
      return new KeyChange.Refused("not-enabled");
    }
    String key = AuthorityParts.keyOf(scope);
    int version = core.backend().create(key);
    List<ShredStore.EpochRow> epochRows = epochs.rewrapped(scope);
    List<ShredStore.FileRow> fileRows = FileKeyRing.rewrapped(core, scope);
    core.write(
        tx -> {
          epochRows.forEach(tx::epoch);
          fileRows.forEach(tx::rewrapped);
          tx.event(
              core.event(
                  "key.rotated",
                  act.by(),
                  scope,
                  Map.of("reason", act.reason(), "version", Integer.toString(version))));
        });
    // Only now does nothing need the old versions any more; a crash before this leaves them
    // enabled and unused until the next rotation.
    for (KeyBackend.Version old : core.backend().versions(key)) {
      if (old.number() < version && old.state() != KeyState.DESTROYED) {
        core.backend().setState(key, old.number(), KeyState.DESTROYED);
      }
    }
    return scopes.list().stream()
        .filter(described -> described.scope().equals(scope))
        .<KeyChange>map(KeyChange.Done::new)
        .findFirst()
        .orElseThrow();
  }
}
