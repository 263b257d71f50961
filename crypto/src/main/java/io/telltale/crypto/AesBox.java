package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import java.util.Arrays;
import java.util.Optional;

/**
 * AES-GCM with a random nonce in front: nonce ‖ ciphertext ‖ tag. For keys that seal far less than
 * 2^32 things; opens only under the same context. Thread-safe.
 */
public final class AesBox {
  private AesBox() {}

  public static Bytes seal(AesKey key, Entropy entropy, Bytes context, byte[] plain) {
    byte[] nonce = entropy.array(AesGcm.NONCE_SIZE);
    byte[] sealed = new AesGcm().seal(key, nonce, context.borrow(), plain);
    byte[] box = Arrays.copyOf(nonce, nonce.length + sealed.length);
    System.arraycopy(sealed, 0, box, nonce.length, sealed.length);
    return Bytes.adopt(box);
  }

  /** Seals a secret; no copy of it stays behind. */
  public static Bytes seal(AesKey key, Entropy entropy, Bytes context, SecretBytes secret) {
    return seal(key, entropy, context, secret.borrow());
  }

  /** Empty for whatever is wrong with it. */
  public static Optional<byte[]> open(AesKey key, Bytes context, Bytes box) {
    if (box.size() < AesGcm.NONCE_SIZE + AesGcm.TAG_SIZE) {
      return Optional.empty();
    }
    byte[] nonce = box.slice(0, AesGcm.NONCE_SIZE).borrow();
    byte[] sealed = box.slice(AesGcm.NONCE_SIZE, box.size()).borrow();
    return new AesGcm().open(key, nonce, context.borrow(), sealed);
  }
}
