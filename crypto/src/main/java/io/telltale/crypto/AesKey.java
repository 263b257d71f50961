package io.telltale.crypto;

import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** An AES key ready for {@link AesGcm}: 16 or 32 bytes. Immutable, so it may be shared. */
public final class AesKey {
  private final SecretKeySpec spec;
  private final int bits;

  private AesKey(SecretKeySpec spec, int bits) {
    this.spec = spec;
    this.bits = bits;
  }

  /** Copies {@code secret}, which the caller may then wipe. */
  public static AesKey of(SecretBytes secret) {
    if (secret.size() != 16 && secret.size() != 32) {
      throw new IllegalArgumentException("an AES key has 16 or 32 bytes, not " + secret.size());
    }
    return new AesKey(new SecretKeySpec(secret.borrow(), "AES"), secret.size() * 8);
  }

  SecretKey spec() {
    return spec;
  }

  public int bits() {
    return bits;
  }

  @Override
  public String toString() {
    return "[AES-" + bits + ", redacted]";
  }
}
