package io.telltale.server.upkeep;

import io.telltale.crypto.x509.Certificates;
import io.telltale.identity.CaAct;
import io.telltale.identity.CaFacts;
import io.telltale.identity.CaState;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Event;
import io.telltale.kernel.TenantId;
import io.telltale.ledger.LedgerQuery;
import io.telltale.server.Foundation;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Tells in ledger and log what was done to CAs: at once, or after a crash at the next start. */
public final class CaEvents {
  private static final System.Logger LOG = System.getLogger(CaEvents.class.getName());

  /** Details: the fingerprint of the first root, and how many acts there were with this one. */
  private static final String FOUNDER = "founder";

  private static final String ACT = "act";
  private static final int ENDED_MAX = 1_000;

  private CaEvents() {}

  /**
   * Throws {@link CorruptException} where the ledger tells of more acts than {@code ca/} knows:
   * what was put back is older, and would trust what was revoked since.
   */
  public static void requireNewest(Foundation foundation) {
    long known = foundation.authority().acts();
    for (CaState state : CaState.values()) {
      Optional<Event> newest =
          foundation.ledger().newest(type(state), foundation.names().authority().uri());
      newest
          .filter(event -> founder(foundation).equals(event.details().get(FOUNDER)))
          .filter(event -> Long.parseLong(event.details().getOrDefault(ACT, "0")) > known)
          .ifPresent(
              event -> {
                throw new CorruptException(
                    ("ca/ is an older copy: the ledger tells that %s came to be %s at %s, and ca/"
                            + " knows nothing of it. Put ca/ back as it was last, or the whole data"
                            + " folder as it was at one moment")
                        .formatted(event.details().get("ca"), state.text(), event.time()));
              });
    }
    requireEnded(foundation);
  }

  /**
   * Throws {@link CorruptException} where {@code ca/} trusts what the ledger tells to be revoked or
   * retired: somebody has edited it.
   */
  private static void requireEnded(Foundation foundation) {
    List<CaFacts> all = foundation.authority().rollover().list();
    for (CaState ended : List.of(CaState.RETIRED, CaState.REVOKED)) {
      Set<String> ids =
          foundation
              .ledger()
              .search(
                  LedgerQuery.newest(ENDED_MAX)
                      .ofType(type(ended))
                      .ofSubject(foundation.names().authority().uri()))
              .stream()
              .flatMap(entry -> entry.event().stream())
              .filter(event -> founder(foundation).equals(event.details().get(FOUNDER)))
              .map(event -> event.details().getOrDefault("ca", ""))
              .collect(Collectors.toSet());
      all.stream()
          .filter(ca -> ids.contains(ca.id()) && ca.state().compareTo(ended) < 0)
          .findFirst()
          .ifPresent(
              ca -> {
                throw new CorruptException(
                    ("ca/states.json says that %s is %s, and the ledger that it is %s: somebody has"
                            + " changed it. Put ca/ back as it was last")
                        .formatted(ca.id(), ca.state().text(), ended.text()));
              });
    }
  }

  private static String founder(Foundation foundation) {
    return Certificates.fingerprint(foundation.authority().founder()).hex();
  }

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
                      "ca",
                      act.id(),
                      "fingerprint",
                      act.fingerprint(),
                      "reason",
                      act.reason(),
                      FOUNDER,
                      founder(foundation),
                      ACT,
                      Long.toString(act.number()))));
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
