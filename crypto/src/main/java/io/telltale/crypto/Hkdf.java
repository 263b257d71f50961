package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import java.security.GeneralSecurityException;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/** HKDF with SHA-256 (RFC 5869). */
public final class Hkdf {
  private static final int SIZE_MAX = 255 * 32;

  private Hkdf() {}

  /**
   * Extracts and expands. {@code info} must be an unambiguous encoding: deterministic CBOR, never
   * concatenated text. Throws {@link IllegalArgumentException} above 8,160 bytes.
   */
  public static SecretBytes derive(SecretBytes input, Bytes salt, Bytes info, int size) {
    if (size < 1 || size > SIZE_MAX) {
      throw new IllegalArgumentException("HKDF gives 1 to " + SIZE_MAX + " bytes, not " + size);
    }
    try {
      var parameters =
          HKDFParameterSpec.ofExtract()
              .addIKM(input.borrow())
              .addSalt(salt.borrow())
              .thenExpand(info.borrow(), size);
      return SecretBytes.adopt(KDF.getInstance("HKDF-SHA256").deriveData(parameters));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java 25 has HKDF-SHA256", e);
    }
  }
}
