package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import java.security.PrivateKey;
import java.security.PublicKey;

/** A private key on P-256 that signs, wherever it is. Thread-safe. */
public interface SigningKey {
  /**
   * Signs by ECDSA with SHA-256; DER. Throws {@link io.telltale.kernel.UnavailableException} when
   * the place where the key is cannot now.
   */
  Bytes signDer(Bytes message);

  /** The same as r ‖ s, 64 bytes. */
  default Bytes sign(Bytes message) {
    return EcdsaEncoding.derToRaw(signDer(message))
        .orElseThrow(() -> new IllegalStateException("a signature is not DER of P-256"));
  }

  /** One in this process. */
  static SigningKey of(PrivateKey key) {
    return message -> EcdsaP256.signDer(key, message);
  }

  /** Whether the two halves belong together. */
  default boolean isPairOf(PublicKey other) {
    Bytes probe = Bytes.utf8("one pair");
    return EcdsaP256.verifyDer(other, probe, signDer(probe));
  }
}
