package io.telltale.registry.tables;

import io.telltale.db.Sql;
import io.telltale.kernel.DeviceId;
import io.telltale.registry.Act;
import io.telltale.registry.Returns.Outcome;
import io.telltale.roster.CredentialRecord;
import io.telltale.roster.DeviceType;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.Policy;
import io.telltale.roster.Principal;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Who may renew once with a certificate that has ended. */
public final class Comebacks {
  private Comebacks() {}

  public static Outcome allow(Change change, Policy policy, DeviceId device, Duration ttl, Act act)
      throws SQLException {
    Optional<Principal> found =
        Principals.find(change.connection(), device.in(change.trustDomain()));
    if (found.isEmpty()) {
      return new Outcome.Unknown();
    }
    Principal principal = found.get();
    if (principal.state() != LifecycleState.ACTIVE) {
      return new Outcome.WrongState(principal.state());
    }
    int days = daysMax(policy, principal);
    if (days == 0) {
      return new Outcome.NotByPolicy(principal.asset().type());
    }
    Optional<CredentialRecord> newest = newest(change, principal);
    if (newest.isEmpty()) {
      return new Outcome.NoCertificate();
    }
    Instant last = newest.get().notAfter().plus(Duration.ofDays(days));
    if (!change.now().isBefore(last)) {
      return new Outcome.TooLate(newest.get().notAfter(), days);
    }
    Instant until = change.now().plus(ttl);
    Sql.update(
        change.connection(),
        "UPDATE principal SET return_until = ? WHERE number = ?",
        until,
        principal.number());
    change.event(
        "device.return-allowed",
        device.tenant(),
        act.actor(),
        principal.id().uri(),
        Map.of("until", until.toString(), "reason", act.reason()));
    return new Outcome.Allowed(until);
  }

  private static Optional<CredentialRecord> newest(Change change, Principal principal)
      throws SQLException {
    return Credentials.of(change.connection(), principal.number()).reversed().stream()
        .filter(one -> one.state().usable())
        .findFirst();
  }

  private static int daysMax(Policy policy, Principal principal) {
    return policy
        .deviceType(principal.asset().type())
        .map(DeviceType::renewAfterExpiryDays)
        .orElse(0);
  }

  /**
   * Whether {@code old}, which has ended, may be followed by another: nothing that replaced it was
   * ever used, since an answer gets lost; it ended within as many days as the policy says, and an
   * operator has said so of this device since.
   */
  static boolean isAllowed(Change change, Policy policy, Principal principal, CredentialRecord old)
      throws SQLException {
    Instant last = old.notAfter().plus(Duration.ofDays(daysMax(policy, principal)));
    return old.state().usable()
        && change.now().isBefore(last)
        && Sql.first(
                change.connection(),
                "SELECT return_until FROM principal WHERE number = ?",
                row -> Sql.optionalTime(row, 1),
                principal.number())
            .orElseThrow()
            .filter(change.now()::isBefore)
            .isPresent();
  }

  /** It was used, or is not to be. */
  static void end(Change change, int principal) throws SQLException {
    Sql.update(
        change.connection(),
        "UPDATE principal SET return_until = NULL WHERE number = ? AND return_until IS NOT NULL",
        principal);
  }
}
