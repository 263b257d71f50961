package io.telltale.server.operations;

import io.telltale.kernel.Scope;
import io.telltale.kernel.TenantId;
import io.telltale.keys.KeyAct;
import io.telltale.keys.KeyAuthority;
import io.telltale.keys.KeyBackend;
import io.telltale.keys.KeyChange;
import io.telltale.keys.ScopeKey;
import io.telltale.leases.KeyState;
import io.telltale.server.api.KeyOperations;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What operators do with scope keys. */
final class ScopeKeyOperations implements KeyOperations {
  // NIST SP 800-57: a destruction can be called off for a while.
  private static final Duration DESTRUCTION_WAIT = Duration.ofDays(7);

  private final KeyAuthority keys;

  ScopeKeyOperations(KeyAuthority keys) {
    this.keys = keys;
  }

  @Override
  public List<Key> list(TenantId tenant) {
    return keys.list().stream()
        .filter(key -> key.scope().tenant().equals(tenant))
        .map(ScopeKeyOperations::shown)
        .toList();
  }

  private static Key shown(ScopeKey key) {
    return new Key(
        key.scope(),
        key.state().name().toLowerCase(Locale.ROOT),
        key.versions().stream().map(one -> one.number() + " " + state(key, one)).toList(),
        key.changed(),
        key.destroyAfter());
  }

  // Of a scope that lives nothing is under a version that was destroyed: all of it was wrapped
  // anew.
  private static String state(ScopeKey key, KeyBackend.Version version) {
    return key.state() != KeyState.DESTROYED && version.state() == KeyState.DESTROYED
        ? "replaced"
        : version.state().name().toLowerCase(Locale.ROOT);
  }

  @Override
  public Outcome change(Verb verb, Scope scope, Because because) {
    if (find(scope).isEmpty()) {
      return new Outcome.Unknown();
    }
    var act = new KeyAct(because.who(), because.reason());
    KeyChange change =
        switch (verb) {
          case ROTATE -> keys.rotate(scope, act);
          case DISABLE -> keys.disable(scope, act);
          case ENABLE -> keys.enable(scope, act);
          case DESTROY -> keys.destroy(scope, act, DESTRUCTION_WAIT);
        };
    return switch (change) {
      case KeyChange.Done(ScopeKey key) -> new Outcome.Done(shown(key));
      case KeyChange.Refused(String why) -> new Outcome.Refused(why);
    };
  }

  private Optional<Key> find(Scope scope) {
    return keys.list().stream()
        .filter(key -> key.scope().equals(scope))
        .map(ScopeKeyOperations::shown)
        .findFirst();
  }
}
