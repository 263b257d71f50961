package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * HMAC-SHA-256 (RFC 2104) under one key for many messages: the key is taken in once. Not
 * thread-safe: one per owner.
 */
public final class KeyedHmac {
  private static final String ALGORITHM = "HmacSHA256";

  private final Mac mac;

  public KeyedHmac(SecretBytes key) {
    try {
      mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key.borrow(), ALGORITHM));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }

  public Hash tag(Bytes message) {
    return new Hash(Bytes.adopt(mac.doFinal(message.borrow())));
  }
}
