package io.telltale.leases;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import java.time.Instant;

/** A sealer's name, its certificate, and the signing operation of that certificate's key. */
public interface SealerIdentity {
  SpiffeId id();

  Fingerprint credential();

  /**
   * Whether its certificate is good then: readers refuse a lease that was announced under one that
   * was not, so nothing may be acknowledged under it.
   */
  default boolean isGoodAt(Instant time) {
    return true;
  }

  /** Signs with ECDSA P-256 and SHA-256; the result is r ‖ s, 64 bytes (RFC 9053 section 2.1). */
  Bytes sign(Bytes toBeSigned);
}
