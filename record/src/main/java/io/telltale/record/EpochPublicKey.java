package io.telltale.record;

import io.telltale.crypto.Hpke;
import io.telltale.kernel.Bytes;

/**
 * The public half of an epoch's key pair, as the key service states it.
 *
 * @param publicKey X-Wing, 1,216 bytes
 */
public record EpochPublicKey(Epoch epoch, Bytes publicKey) {
  static final String LABEL = "telltale/epoch";
  static final int VERSION = 1;

  public EpochPublicKey {
    if (publicKey.size() != Hpke.PUBLIC_SIZE) {
      throw new IllegalArgumentException("no public half has " + publicKey.size() + " bytes");
    }
  }
}
