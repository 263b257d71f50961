package io.telltale.registry.tables;

import io.telltale.db.Sql;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.registry.Act;
import io.telltale.registry.CredentialChange;
import io.telltale.registry.NewCredential;
import io.telltale.roster.CredentialRecord;
import io.telltale.roster.CredentialState;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.Policy;
import io.telltale.roster.Principal;
import io.telltale.roster.RevocationReason;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** Decides on new and replacing credentials. */
public final class Issuance {
  /**
   * An agent renews once in weeks. Whoever holds one good certificate must not fill the registry,
   * the ledger and the view with new ones, nor make its own revocation long.
   */
  public static final int RENEWALS_A_DAY_MAX = 16;

  private static final Duration DAY = Duration.ofDays(1);

  private Issuance() {}

  /** What a decision gives; the identity is looked up once it is committed. */
  public sealed interface Decision {
    /** The credential is registered now. */
    record Added() implements Decision {}

    /** The credential was this principal's already. */
    record Known() implements Decision {}

    /** No. */
    record Refused(CredentialChange.Reason why) implements Decision {}
  }

  public static Decision add(Change change, SpiffeId owner, NewCredential credential, Act act)
      throws SQLException {
    Optional<Principal> found = Principals.find(change.connection(), owner);
    if (found.isEmpty()) {
      return new Decision.Refused(CredentialChange.Reason.UNKNOWN_PRINCIPAL);
    }
    Principal principal = found.get();
    Optional<Decision> settled = settled(change, principal, credential);
    if (settled.isPresent()) {
      return settled.get();
    }
    if (!principal.state().mayEnroll()) {
      return new Decision.Refused(CredentialChange.Reason.PRINCIPAL_STATE);
    }
    if (Credentials.keyKnown(change, credential)) {
      return new Decision.Refused(CredentialChange.Reason.KEY_KNOWN);
    }
    boolean device = enrolls(owner);
    if (device) {
      // It enrolls anew, so nobody can say where its older key is.
      Credentials.revokeAll(
          change, principal, new Revocation(act.actor(), RevocationReason.SUPERSEDED));
    }
    Credentials.insert(change, principal, credential, Principals.nextEnrolment(change, principal));
    // A word was of the certificate of before.
    Comebacks.end(change, principal.number());
    markProvisioned(change, principal, act);
    forgetFirmware(change, principal);
    change.record(
        principal,
        "credential.issued",
        act.actor(),
        credential.fingerprint().hex(),
        details(principal, credential));
    if (device && principal.state() != LifecycleState.ACTIVE) {
      Lifecycle.enter(change, principal, LifecycleState.ACTIVE, act);
    }
    return new Decision.Added();
  }

  /**
   * A wish to go on with a new credential.
   *
   * @param used whether a credential was seen in use, and that is not written yet
   * @param policies what is in force, for one that has ended
   */
  public record Renewal(
      Fingerprint replaced,
      NewCredential next,
      Duration overlap,
      Predicate<CredentialRecord> used,
      Function<TenantId, Policy> policies) {}

  public static Decision renew(Change change, Renewal wish) throws SQLException {
    Fingerprint replaced = wish.replaced();
    NewCredential next = wish.next();
    Duration overlap = wish.overlap();
    Optional<CredentialRecord> found = Credentials.find(change.connection(), replaced);
    if (found.isEmpty()) {
      return new Decision.Refused(CredentialChange.Reason.UNKNOWN_CREDENTIAL);
    }
    CredentialRecord old = found.get();
    Principal principal = Principals.get(change, old.principal());
    Optional<Decision> settled = settled(change, principal, next);
    if (settled.isPresent()) {
      return settled.get();
    }
    if (principal.state() != LifecycleState.ACTIVE) {
      return new Decision.Refused(CredentialChange.Reason.PRINCIPAL_STATE);
    }
    if (!old.state().usable()) {
      return new Decision.Refused(CredentialChange.Reason.CREDENTIAL_STATE);
    }
    // Also of one that has ended: somebody has returned with its key, or renewed, and it is asked
    // for again.
    if (isOvertaken(change, principal, old, wish.used())) {
      return new Decision.Refused(CredentialChange.Reason.REPLACED);
    }
    boolean hasEnded = !change.now().isBefore(old.goodUntil());
    if (hasEnded
        && !Comebacks.isAllowed(
            change, wish.policies().apply(principal.id().tenant()), principal, old)) {
      return new Decision.Refused(CredentialChange.Reason.EXPIRED);
    }
    // RFC 7030 section 4.2.2 lets a client renew with the key it has.
    boolean isSameKey = old.spki().equals(next.spki());
    if (isSameKey ? isToRekey(change, old) : Credentials.keyKnown(change, next)) {
      return new Decision.Refused(CredentialChange.Reason.KEY_KNOWN);
    }
    if (Credentials.issuedSince(change, old, DAY) > RENEWALS_A_DAY_MAX) {
      return new Decision.Refused(CredentialChange.Reason.TOO_OFTEN);
    }
    withdrawUnused(change, principal, old);
    Credentials.use(change.connection(), replaced, change.now());
    Credentials.retire(change, principal.number(), overlap);
    Credentials.insert(change, principal, next, old.enrolment());
    var details = new HashMap<>(details(principal, next));
    details.put("replaces", replaced.hex());
    Instant until = change.now().plus(overlap);
    details.put("replacedUntil", until.toString());
    Comebacks.end(change, principal.number());
    if (hasEnded) {
      details.put("ended", old.notAfter().toString());
    }
    change.record(
        principal, "credential.renewed", principal.id().uri(), next.fingerprint().hex(), details);
    return new Decision.Added();
  }

  private static boolean isToRekey(Change change, CredentialRecord old) throws SQLException {
    return RekeyOrders.turn(change.connection(), change.trustDomain(), old).isPresent();
  }

  /**
   * Whether a retiring credential's successor is in use: then two hold keys of this device, and the
   * older key ends.
   */
  private static boolean isOvertaken(
      Change change, Principal principal, CredentialRecord old, Predicate<CredentialRecord> used)
      throws SQLException {
    if (old.state() != CredentialState.RETIRING) {
      return false;
    }
    for (CredentialRecord successor : Credentials.after(change.connection(), old)) {
      if (successor.used().isPresent() || used.test(successor)) {
        doubleUse(change, principal, old, successor);
        return true;
      }
    }
    return false;
  }

  /** The answer with a successor was lost on the way: of two that are good one is a stranger's. */
  private static void withdrawUnused(Change change, Principal principal, CredentialRecord old)
      throws SQLException {
    for (CredentialRecord successor : Credentials.after(change.connection(), old)) {
      if (successor.state().usable()) {
        Credentials.revoke(
            change,
            principal,
            successor,
            new Revocation(principal.id().uri(), RevocationReason.NEVER_USED));
      }
    }
  }

  // Once for a credential, however often it asks: it is over then.
  private static void doubleUse(
      Change change, Principal principal, CredentialRecord old, CredentialRecord successor)
      throws SQLException {
    change.event(
        "incident.renewal",
        principal.id().tenant(),
        principal.id().uri(),
        principal.id().uri(),
        Map.of("credential", old.fingerprint().hex(), "successor", successor.fingerprint().hex()));
    Credentials.revoke(
        change, principal, old, new Revocation("system", RevocationReason.RENEWED_TWICE));
  }

  /** The same certificate again is no new request, unless it is somebody else's. */
  private static Optional<Decision> settled(
      Change change, Principal principal, NewCredential credential) throws SQLException {
    return Credentials.find(change.connection(), credential.fingerprint())
        .map(
            known ->
                known.principal() == principal.number()
                    ? new Decision.Known()
                    : new Decision.Refused(CredentialChange.Reason.CERTIFICATE_KNOWN));
  }

  private static boolean enrolls(SpiffeId id) {
    return id.kind() == SpiffeId.Kind.DEVICE || id.kind() == SpiffeId.Kind.GATEWAY;
  }

  private static void markProvisioned(Change change, Principal principal, Act act)
      throws SQLException {
    Sql.update(
        change.connection(),
        "UPDATE principal SET provisioned = ? WHERE number = ? AND provisioned IS NULL",
        act.reason(),
        principal.number());
  }

  /** It was said under another certificate, maybe by another machine. */
  private static void forgetFirmware(Change change, Principal principal) throws SQLException {
    Sql.update(
        change.connection(),
        "UPDATE principal SET firmware = ? WHERE number = ? AND firmware <> ?",
        Principals.UNKNOWN,
        principal.number(),
        Principals.UNKNOWN);
  }

  private static Map<String, String> details(Principal principal, NewCredential credential) {
    return Map.of(
        "owner", principal.id().uri(),
        "serial", credential.serial(),
        "issuer", credential.issuer().hex(),
        "notBefore", credential.notBefore().toString(),
        "notAfter", credential.notAfter().toString(),
        "protection", credential.protection().text());
  }
}
