package io.telltale.server.upkeep;

import io.telltale.registry.Renewals;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Counts once an hour who should have renewed by now, and says so once a day (LC-3). */
final class LateDevices {
  private static final System.Logger LOG = System.getLogger(LateDevices.class.getName());
  private static final Duration COUNTED_EVERY = Duration.ofHours(1);
  private static final Duration SAID_EVERY = Duration.ofDays(1);

  private final Renewals renewals;
  private final InstantSource clock;
  private @Nullable Instant counted;
  private @Nullable Instant said;
  private volatile long overdue;

  LateDevices(Renewals renewals, InstantSource clock) {
    this.renewals = renewals;
    this.clock = clock;
  }

  long overdue() {
    return overdue;
  }

  /** To be called once a minute. */
  void round() {
    Instant now = clock.instant();
    if (!isOver(counted, COUNTED_EVERY, now)) {
      return;
    }
    counted = now;
    overdue = renewals.overdue();
    if (overdue == 0) {
      said = null;
    } else if (isOver(said, SAID_EVERY, now)) {
      said = now;
      LOG.log(
          System.Logger.Level.WARNING,
          "renewals.overdue devices={0,number,#} do=\"./telltale certificate renewals says which"
              + " and why\"",
          overdue);
    }
  }

  // A clock that was set back does not make it wait for as long.
  private static boolean isOver(@Nullable Instant since, Duration span, Instant now) {
    return since == null || now.isBefore(since) || !now.isBefore(since.plus(span));
  }
}
