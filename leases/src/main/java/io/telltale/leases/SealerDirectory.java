package io.telltale.leases;

import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Optional;

/** Which credentials may seal, whose they are, and how they sign their announcements. */
public interface SealerDirectory {
  /**
   * Empty when the credential is unknown, not one of a sealer, revoked, or was not valid at {@code
   * announced}. One that has expired since then still counts: what it sealed in its time is waiting
   * in the log. Throws {@link io.telltale.kernel.UnavailableException} while it does not know yet:
   * an empty answer is final and costs every record of the lease.
   */
  Optional<Sealer> sealer(Fingerprint credential, Instant announced);

  /** A credential's owner and its P-256 public key. */
  record Sealer(SpiffeId id, PublicKey key) {}
}
