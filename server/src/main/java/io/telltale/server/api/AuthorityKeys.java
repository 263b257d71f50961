package io.telltale.server.api;

import io.telltale.kernel.Scope;
import io.telltale.kernel.TenantId;
import io.telltale.keys.Act;
import io.telltale.keys.KeyAuthority;
import io.telltale.keys.KeyChange;
import io.telltale.keys.ScopeKey;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** The keys of this process's own authority. */
record AuthorityKeys(KeyAuthority authority) implements KeyOffice {
  @Override
  public List<Key> list(TenantId tenant) {
    return authority.list().stream()
        .filter(key -> key.scope().tenant().equals(tenant))
        .map(AuthorityKeys::shown)
        .toList();
  }

  @Override
  public Outcome change(Verb verb, Scope scope, Because because) {
    if (authority.list().stream().noneMatch(key -> key.scope().equals(scope))) {
      return new Outcome.Unknown();
    }
    Act act = new Act(because.who(), because.reason());
    KeyChange change =
        switch (verb) {
          case ROTATE -> authority.rotate(scope, act);
          case DISABLE -> authority.disable(scope, act);
          case ENABLE -> authority.enable(scope, act);
          case DESTROY -> authority.destroy(scope, act, Duration.ZERO);
        };
    return switch (change) {
      case KeyChange.Done done -> new Outcome.Done(shown(done.key()));
      case KeyChange.Refused refused -> new Outcome.Refused(refused.why());
    };
  }

  private static Key shown(ScopeKey key) {
    return new Key(
        key.scope(),
        text(key.state()),
        key.versions().stream()
            .map(version -> version.number() + " " + text(version.state()))
            .toList(),
        key.changed());
  }

  private static String text(Enum<?> state) {
    return state.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
