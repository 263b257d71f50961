package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA-256 (RFC 2104), the engine kept from call to call. Not thread-safe: one per owner. */
public final class Hmac {
  private static final String ALGORITHM = "HmacSHA256";

  private final Mac mac = open();

  private static Mac open() {
    try {
      return Mac.getInstance(ALGORITHM);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }

  public Hash tag(SecretBytes key, Bytes message) {
    return tag(key.borrow(), message);
  }

  /** With a key that is no secret any more, such as the salt of an opened commitment. */
  public Hash tag(Bytes key, Bytes message) {
    return tag(key.borrow(), message);
  }

  private Hash tag(byte[] key, Bytes message) {
    try {
      // A zero-length key is legal for HMAC but not for SecretKeySpec; one zero byte is the same.
      mac.init(new SecretKeySpec(key.length == 0 ? new byte[1] : key, ALGORITHM));
      return new Hash(Bytes.adopt(mac.doFinal(message.borrow())));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("any key will do for HMAC", e);
    }
  }
}
