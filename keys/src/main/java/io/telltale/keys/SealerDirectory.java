package io.telltale.keys;

import io.telltale.kernel.Fingerprint;
import java.security.PublicKey;
import java.util.Optional;

/** Which credentials may seal, and with which public key they sign their announcements. */
public interface SealerDirectory {
  /** Empty when the credential is unknown, revoked, expired or not one of a sealer. */
  Optional<PublicKey> sealerKey(Fingerprint credential);
}
