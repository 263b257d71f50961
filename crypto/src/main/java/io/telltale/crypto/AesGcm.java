package io.telltale.crypto;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * AES-GCM with a 96-bit nonce and a 128-bit tag (NIST SP 800-38D), the ciphers kept from call to
 * call. Not thread-safe: one per owner. The caller guarantees that no (key, nonce) repeats.
 */
public final class AesGcm {
  public static final int NONCE_SIZE = 12;
  public static final int TAG_SIZE = 16;
  private static final String ALGORITHM = "AES/GCM/NoPadding";

  /** From here on the JDK's takes less than BoringSSL's: 8 us against 13 for 64 KiB. */
  private static final int LARGE = 16 * 1024;

  // BoringSSL's, to which it is the same whether the key was the last one's, and the JDK's, where
  // another key costs half a microsecond. Each made when first needed.
  private @Nullable Cipher small;
  private @Nullable Cipher large;

  private Cipher cipher(int size) {
    Cipher kept = size < LARGE ? small : large;
    if (kept == null) {
      kept = make(size);
      if (size < LARGE) {
        small = kept;
      } else {
        large = kept;
      }
    }
    return kept;
  }

  private static Cipher make(int size) {
    try {
      return size < LARGE
          ? Cipher.getInstance(ALGORITHM, Boring.PROVIDER)
          : Cipher.getInstance(ALGORITHM, "SunJCE");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("both have " + ALGORITHM, e);
    }
  }

  /** Returns ciphertext ‖ tag. */
  public byte[] seal(AesKey key, byte[] nonce, byte[] associated, byte[] plain) {
    Cipher cipher = cipher(plain.length);
    try {
      init(cipher, Cipher.ENCRYPT_MODE, key.spec(), nonce);
      cipher.updateAAD(associated);
      return cipher.doFinal(plain);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("sealing cannot fail", e);
    }
  }

  /**
   * What is sealed from where to where, on the heap.
   *
   * @param out takes exactly the plain text's size and {@link #TAG_SIZE} more
   */
  public record Passage(ByteBuffer associated, ByteBuffer plain, ByteBuffer out) {}

  /** As {@link #seal(AesKey, byte[], byte[], byte[])}, between buffers of the caller's. */
  public void seal(AesKey key, byte[] nonce, Passage passage) {
    Cipher cipher = cipher(passage.plain().remaining());
    try {
      init(cipher, Cipher.ENCRYPT_MODE, key.spec(), nonce);
      ByteBuffer associated = passage.associated();
      int associatedAt = associated.arrayOffset() + associated.position();
      cipher.updateAAD(associated.array(), associatedAt, associated.remaining());
      ByteBuffer plain = passage.plain();
      ByteBuffer out = passage.out();
      if (out.remaining() != plain.remaining() + TAG_SIZE) {
        throw new IllegalStateException("the room for the ciphertext is not of its size");
      }
      int plainAt = plain.arrayOffset() + plain.position();
      int outAt = out.arrayOffset() + out.position();
      cipher.doFinal(plain.array(), plainAt, plain.remaining(), out.array(), outAt);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("sealing cannot fail", e);
    }
  }

  /** Opens ciphertext ‖ tag; empty for whatever is wrong with it, nothing finer. */
  public Optional<byte[]> open(AesKey key, byte[] nonce, byte[] associated, byte[] sealed) {
    return open(key, nonce, ByteBuffer.wrap(associated), sealed);
  }

  /** As {@link #open(AesKey, byte[], byte[], byte[])}, with a buffer of the caller's. */
  public Optional<byte[]> open(AesKey key, byte[] nonce, ByteBuffer associated, byte[] sealed) {
    if (sealed.length < TAG_SIZE) {
      return Optional.empty();
    }
    Cipher cipher = cipher(sealed.length);
    try {
      init(cipher, Cipher.DECRYPT_MODE, key.spec(), nonce);
      cipher.updateAAD(associated);
      return Optional.of(cipher.doFinal(sealed));
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
