package io.telltale.keys;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;

/** A sealer's name, its certificate, and the signing operation of that certificate's key. */
public interface SealerIdentity {
  SpiffeId id();

  Fingerprint credential();

  /** Signs with ECDSA P-256 and SHA-256; the result is r ‖ s, 64 bytes (RFC 9053 section 2.1). */
  Bytes sign(Bytes toBeSigned);
}
