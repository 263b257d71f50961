package io.telltale.record;

import io.telltale.crypto.Hmac;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;

/**
 * What the ledger keeps of a record: {@code H(0x00 ‖ commit(origin) ‖ commit(payload))}, with two
 * independent salts so that opening the one lets nobody guess the other. Not thread-safe.
 */
public final class Leaf {
  private final Hmac hmac = new Hmac();

  /** HMAC-SHA-256 under the salt. */
  public Hash commit(Bytes salt, Bytes value) {
    return hmac.tag(salt, value);
  }

  /** The leaf hash of RFC 9162 section 2.1.1 over the 64 bytes of both commitments. */
  public static Hash of(Hash originCommitment, Hash payloadCommitment) {
    byte[] input = new byte[1 + 2 * Hash.SIZE];
    System.arraycopy(originCommitment.value().borrow(), 0, input, 1, Hash.SIZE);
    System.arraycopy(payloadCommitment.value().borrow(), 0, input, 1 + Hash.SIZE, Hash.SIZE);
    return Hash.sha256(input);
  }

  public Hash of(Bytes originSalt, Bytes origin, Bytes payloadSalt, Bytes payload) {
    return of(commit(originSalt, origin), commit(payloadSalt, payload));
  }
}
