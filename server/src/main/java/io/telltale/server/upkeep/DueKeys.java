package io.telltale.server.upkeep;

import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.keys.KeyAuthority;
import java.time.Duration;

/** Destroys keys whose waiting time is over. A clock that was just set destroys nothing. */
final class DueKeys {
  private static final System.Logger LOG = System.getLogger(DueKeys.class.getName());
  private static final Duration STEADY_MIN = Duration.ofHours(1);

  private final KeyAuthority keys;
  private final SpiffeId authority;
  private final SteadyClock steady;

  DueKeys(KeyAuthority keys, SpiffeId authority, SteadyClock steady) {
    this.keys = keys;
    this.authority = authority;
    this.steady = steady;
  }

  /** To be called once a minute. Each is an event of the key's own. */
  void round() {
    if (steady.steadyFor().compareTo(STEADY_MIN) < 0) {
      return;
    }
    for (Scope scope : keys.destroyDue(authority)) {
      LOG.log(System.Logger.Level.WARNING, "key.destroyed scope={0} why=due", scope.path());
    }
  }
}
