package io.telltale.server.upkeep;

import io.telltale.identity.CaFacts;
import io.telltale.identity.CaState;
import io.telltale.registry.Act;
import io.telltale.registry.IssuerCredentials;
import io.telltale.server.Foundation;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Revokes one by one what a CA issued that is revoked itself: sessions end by it, and lists and
 * answers say so. No door takes those certificates meanwhile. Goes on where a stop cut it off.
 */
public final class RevokedCas {
  private static final System.Logger LOG = System.getLogger(RevokedCas.class.getName());
  private static final int STEP = 500;

  /** What was being signed when the CA was revoked is recorded by then. */
  private static final Duration SETTLED = Duration.ofMinutes(1);

  private final Foundation foundation;
  private final BooleanSupplier goesOn;
  private final Map<String, Progress> progress = new ConcurrentHashMap<>();
  private volatile boolean isWorking;

  /**
   * How far it is.
   *
   * @param revoked how many since the start
   */
  public record Progress(long revoked, boolean isDone) {
    static final Progress NONE = new Progress(0, false);
  }

  RevokedCas(Foundation foundation, BooleanSupplier goesOn) {
    this.foundation = foundation;
    this.goesOn = goesOn;
  }

  /** Of the CA of that id. */
  public Progress of(String ca) {
    return progress.getOrDefault(ca, Progress.NONE);
  }

  /** Whether something is left, and nobody is at it. */
  boolean isDue() {
    return !isWorking && foundation.authority().rollover().list().stream().anyMatch(this::isLeft);
  }

  private boolean isLeft(CaFacts ca) {
    return ca.state() == CaState.REVOKED && !ca.isRoot() && !of(ca.id()).isDone();
  }

  /** Does what is left; returns when it is done, or when it is not to go on. */
  public synchronized void work() {
    isWorking = true;
    try {
      foundation.authority().rollover().list().stream().filter(this::isLeft).forEach(this::revoke);
    } finally {
      isWorking = false;
    }
  }

  private void revoke(CaFacts ca) {
    IssuerCredentials credentials = foundation.registry().ofIssuers();
    var act = new Act("system", "its issuing CA was revoked");
    boolean isSettled = foundation.clock().instant().isAfter(ca.since().plus(SETTLED));
    long after = 0;
    long before = of(ca.id()).revoked();
    long revoked = before;
    boolean isThrough = false;
    while (!isThrough && goesOn.getAsBoolean()) {
      IssuerCredentials.Step step = credentials.revoke(ca.names(), after, STEP, act);
      after = step.last();
      revoked += step.revoked();
      isThrough = step.isLast();
      progress.put(ca.id(), new Progress(revoked, isThrough && isSettled));
    }
    if (revoked > before) {
      LOG.log(
          System.Logger.Level.WARNING,
          "authority.credentials-revoked ca={0} revoked={1,number,#} through={2}",
          ca.id(),
          revoked - before,
          isThrough);
    }
  }
}
