package io.telltale.crypto;

import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-GCM with a 96-bit nonce and a 128-bit tag (NIST SP 800-38D), the ciphers kept from call to
 * call. Not thread-safe: one per owner. The caller guarantees that no (key, nonce) repeats.
 */
public final class AesGcm {
  public static final int NONCE_SIZE = 12;
  public static final int TAG_SIZE = 16;
  private static final String ALGORITHM = "AES/GCM/NoPadding";

  private final Cipher sealing = cipher();
  private final Cipher opening = cipher();

  private static Cipher cipher() {
    try {
      return Cipher.getInstance(ALGORITHM, "SunJCE");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }

  /** Returns ciphertext ‖ tag. */
  public byte[] seal(AesKey key, byte[] nonce, byte[] associated, byte[] plain) {
    try {
      init(sealing, Cipher.ENCRYPT_MODE, key.spec(), nonce);
      sealing.updateAAD(associated);
      return sealing.doFinal(plain);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("sealing cannot fail", e);
    }
  }

  /** Opens ciphertext ‖ tag; empty for whatever is wrong with it, nothing finer. */
  public Optional<byte[]> open(AesKey key, byte[] nonce, byte[] associated, byte[] sealed) {
    if (sealed.length < TAG_SIZE) {
      return Optional.empty();
    }
    try {
      init(opening, Cipher.DECRYPT_MODE, key.spec(), nonce);
      opening.updateAAD(associated);
      return Optional.of(opening.doFinal(sealed));
    } catch (GeneralSecurityException e) {
      return Optional.empty();
    }
  }

  private static void init(Cipher cipher, int mode, SecretKey key, byte[] nonce)
      throws InvalidKeyException, InvalidAlgorithmParameterException {
    if (nonce.length != NONCE_SIZE) {
      throw new IllegalArgumentException("a nonce has 12 bytes, not " + nonce.length);
    }
    cipher.init(mode, key, new GCMParameterSpec(TAG_SIZE * 8, nonce));
  }
}
