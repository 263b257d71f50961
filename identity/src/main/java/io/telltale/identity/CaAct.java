package io.telltale.identity;

import io.telltale.kernel.SpiffeId;
import java.time.Instant;

/**
 * What somebody did to a CA.
 *
 * @param number how many acts there were with it since the first root; 0 before it is known
 * @param state what it came to
 * @param id of the CA
 * @param fingerprint of its newest certificate, in hexadecimal
 * @param actor who wanted it
 * @param reason in the actor's words
 */
public record CaAct(
    long number,
    CaState state,
    String id,
    String fingerprint,
    String actor,
    String reason,
    Instant time) {
  CaAct numbered(long next) {
    return new CaAct(next, state, id, fingerprint, actor, reason, time);
  }

  /** Who wants it and why; one printable line. */
  public record Because(SpiffeId who, String reason) {}
}
