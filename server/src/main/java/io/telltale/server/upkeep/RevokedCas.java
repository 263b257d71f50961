package io.telltale.server.upkeep;

import io.telltale.identity.CaFacts;
import io.telltale.identity.CaState;
import io.telltale.registry.Act;
import io.telltale.registry.IssuerCredentials;
import io.telltale.server.Foundation;
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

  private final Foundation foundation;
  private final BooleanSupplier goesOn;
  private final Map<String, Progress> progress = new ConcurrentHashMap<>();

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

  /** Does what is left; returns when it is done, or when it is not to go on. */
  public synchronized void work() {
    for (CaFacts ca : foundation.authority().rollover().list()) {
      if (ca.state() == CaState.REVOKED && !ca.isRoot() && !of(ca.id()).isDone()) {
        revoke(ca);
      }
    }
  }

  private void revoke(CaFacts ca) {
    IssuerCredentials credentials = foundation.registry().ofIssuers();
    var act = new Act("system", "its issuing CA was revoked");
    long after = 0;
    long revoked = of(ca.id()).revoked();
    boolean isDone = false;
    while (!isDone && goesOn.getAsBoolean()) {
      IssuerCredentials.Step step = credentials.revoke(ca.names(), after, STEP, act);
      after = step.last();
      revoked += step.revoked();
      isDone = step.isLast();
      progress.put(ca.id(), new Progress(revoked, isDone));
    }
    if (revoked > 0) {
      LOG.log(
          System.Logger.Level.WARNING,
          "authority.credentials-revoked ca={0} revoked={1,number,#} done={2}",
          ca.id(),
          revoked,
          isDone);
    }
  }
}
