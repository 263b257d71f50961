package io.telltale.server.upkeep;

import io.telltale.registry.Leavings;
import io.telltale.registry.Registry;
import java.time.Duration;
import java.time.InstantSource;

/** Deletes rows of the registry that nobody asks for any more. */
final class OldRows {
  // As certificates leave the identity view.
  private static final Duration TOKENS_KEPT = Duration.ofDays(30);
  private static final Duration STEADY_MIN = Duration.ofHours(1);

  private final Leavings leavings;
  private final InstantSource clock;
  private final SteadyClock steady;

  OldRows(Registry registry, InstantSource clock, SteadyClock steady) {
    this.leavings = registry.leavings();
    this.clock = clock;
    this.steady = steady;
  }

  /** To be called once a minute. A clock that was just set makes no token old. */
  void round() {
    leavings.dropFeed();
    if (steady.steadyFor().compareTo(STEADY_MIN) >= 0) {
      leavings.dropTokens(clock.instant().minus(TOKENS_KEPT));
    }
  }
}
