package io.telltale.crypto.x509;

import io.telltale.crypto.EcdsaP256;
import java.security.PublicKey;

/**
 * Judges public keys on P-256, the one curve that our CAs and services use, by more than their
 * curve; making, reading and using keys is {@link EcdsaP256}.
 */
public final class P256 {
  private P256() {}

  /** Whether {@code key} is on P-256, and sound. */
  public static boolean isSound(PublicKey key) {
    return NamedCurve.P256.isSound(key);
  }
}
