package io.telltale.roster;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import java.time.Instant;

/**
 * One credential and whom it belongs to, as the identity view holds it: immutable, so that a
 * channel can keep it and a change replaces it.
 *
 * @param number the principal's number, positive, never reused
 * @param id its name
 * @param state its lifecycle state; services and people are {@code ACTIVE} or {@code DISABLED}
 * @param credential the certificate
 * @param issuer the certificate that signed it
 * @param credentialState the certificate's own state
 * @param enrolment which of the principal's enrolments the certificate belongs to, from 1; a
 *     renewal inherits it, a fresh enrolment counts on (ADR 0120)
 * @param notAfter the end of the certificate's validity, or of the overlap when it was replaced
 * @param asset what is known about it
 * @param firmwareClaimed self-reported, or {@code unknown}
 * @param feedPosition the feed entry that last changed any of this
 */
public record Identity(
    int number,
    SpiffeId id,
    LifecycleState state,
    Fingerprint credential,
    Fingerprint issuer,
    CredentialState credentialState,
    int enrolment,
    Instant notAfter,
    AssetRecord asset,
    String firmwareClaimed,
    long feedPosition) {
  /** Stands in {@link #credential} and {@link #issuer} of a principal that has no credential. */
  public static final Fingerprint NO_CREDENTIAL =
      new Fingerprint(new Hash(Bytes.adopt(new byte[Hash.SIZE])));

  /** Whether a session may be opened or kept with this credential at {@code now}. */
  public boolean mayConnect(Instant now) {
    return state.mayConnect() && credentialState.usable() && now.isBefore(notAfter);
  }
}
