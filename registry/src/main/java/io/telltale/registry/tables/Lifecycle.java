package io.telltale.registry.tables;

import io.telltale.db.Sql;
import io.telltale.kernel.SpiffeId;
import io.telltale.registry.Act;
import io.telltale.registry.Transition;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.Principal;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Moves principals from state to state, with everything that must happen at the same moment. */
public final class Lifecycle {
  private Lifecycle() {}

  /** A step that a person asks for. */
  public static Transition transition(Change change, SpiffeId id, LifecycleState target, Act act)
      throws SQLException {
    Optional<Principal> found = Principals.find(change.connection(), id);
    if (found.isEmpty()) {
      return new Transition.Unknown();
    }
    Principal principal = found.get();
    LifecycleState from = principal.state();
    if (from == target) {
      return new Transition.Unchanged(from);
    }
    return legal(principal, target)
        ? new Transition.Moved(from, target, enter(change, principal, target, act))
        : new Transition.Illegal(from, target);
  }

  /** Services and people do not enroll: they are on or off. */
  private static boolean legal(Principal principal, LifecycleState target) {
    return switch (principal.id().kind()) {
      case DEVICE, GATEWAY -> principal.state().mayBeMovedTo(target);
      case SERVICE, PERSON -> target == LifecycleState.ACTIVE || target == LifecycleState.DISABLED;
    };
  }

  /** Enters a legal state; revocation and voiding are part of the same transaction (RG-2, RG-3). */
  static long enter(Change change, Principal principal, LifecycleState target, Act act)
      throws SQLException {
    Sql.update(
        change.connection(),
        "UPDATE principal SET state = ? WHERE number = ?",
        target.text(),
        principal.number());
    Comebacks.end(change, principal.number());
    History.add(change, principal.number(), principal.state().text(), target, act);
    var details =
        new HashMap<>(
            Map.of("from", principal.state().text(), "to", target.text(), "reason", act.reason()));
    if (target.voidsTokens()) {
      int voided = Tokens.voidOpen(change, principal.number());
      details.put("tokensVoided", Integer.toString(voided));
    }
    String type = principal.id().kind().segment() + "." + target.text();
    long position = change.record(principal, type, act.actor(), details);
    if (target.revokes().isPresent()) {
      var revocation = new Revocation(act.actor(), target.revokes().get());
      position = Math.max(position, Credentials.revokeAll(change, principal, revocation));
    }
    return position;
  }
}
