package io.telltale.roster;

import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import java.time.Instant;
import java.util.Optional;

/**
 * A credential as the registry keeps it.
 *
 * @param retiringUntil when a replaced credential stops being good
 * @param revoked when it was revoked
 * @param revokedReason why
 * @param enrolment which of its principal's enrolments it belongs to, from 1; a renewal inherits it
 * @param used when it first opened a session
 */
public record CredentialRecord(
    int principal,
    Fingerprint fingerprint,
    Fingerprint issuer,
    String serial,
    Instant notBefore,
    Instant notAfter,
    CredentialState state,
    Optional<Instant> retiringUntil,
    Optional<Instant> revoked,
    Optional<RevocationReason> revokedReason,
    Hash spki,
    Protection protection,
    Instant issued,
    int enrolment,
    Optional<Instant> used) {

  /** Validity, cut short by the end of the overlap when it has been replaced. */
  public Instant goodUntil() {
    return retiringUntil.filter(end -> end.isBefore(notAfter)).orElse(notAfter);
  }

  /** Whether it was revoked, or the overlap with the one that followed it is over. */
  public boolean isTakenBack(Instant now) {
    return state == CredentialState.REVOKED
        || retiringUntil.filter(end -> !now.isBefore(end)).isPresent();
  }

  /** The same, with an equal issuer. */
  public CredentialRecord issuedBy(Fingerprint equal) {
    return new CredentialRecord(
        principal,
        fingerprint,
        equal,
        serial,
        notBefore,
        notAfter,
        state,
        retiringUntil,
        revoked,
        revokedReason,
        spki,
        protection,
        issued,
        enrolment,
        used);
  }
}
