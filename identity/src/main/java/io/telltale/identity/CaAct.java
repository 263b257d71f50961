package io.telltale.identity;

import io.telltale.kernel.SpiffeId;
import java.time.Instant;

/**
 * What somebody did to a CA.
 *
 * @param state what it came to
 * @param id of the CA
 * @param fingerprint of its newest certificate, in hexadecimal
 * @param actor who wanted it
 * @param reason in the actor's words
 */
public record CaAct(
    CaState state, String id, String fingerprint, String actor, String reason, Instant time) {
  /** Who wants it and why; one printable line. */
  public record Because(SpiffeId who, String reason) {}
}
