package io.telltale.server.upkeep;

import io.telltale.identity.CaAct;
import io.telltale.identity.CaState;
import io.telltale.kernel.Event;
import io.telltale.kernel.TenantId;
import io.telltale.server.Foundation;
import java.util.List;
import java.util.Map;

/** Tells in ledger and log what was done to CAs: at once, or after a crash at the next start. */
public final class CaEvents {
  private static final System.Logger LOG = System.getLogger(CaEvents.class.getName());

  private CaEvents() {}

  /** Tells what no event tells yet; of a crash between the two it is told twice. */
  public static void tell(Foundation foundation) {
    List<CaAct> acts = foundation.authority().untold();
    for (CaAct act : acts) {
      foundation
          .ledger()
          .record(
              Event.of(
                  type(act.state()),
                  act.time(),
                  TenantId.DEFAULT,
                  act.actor(),
                  foundation.names().authority().uri(),
                  Map.of(
                      "ca", act.id(), "fingerprint", act.fingerprint(), "reason", act.reason())));
      LOG.log(
          System.Logger.Level.INFO,
          "{0} ca={1} fingerprint={2}",
          type(act.state()),
          act.id(),
          act.fingerprint());
      foundation.authority().told(List.of(act));
    }
  }

  private static String type(CaState state) {
    return switch (state) {
      case PREPARED -> "authority.prepared";
      case ACTIVE -> "authority.activated";
      case SUPERSEDED -> "authority.superseded";
      case RETIRED -> "authority.retired";
      case REVOKED -> "authority.revoked";
    };
  }
}
