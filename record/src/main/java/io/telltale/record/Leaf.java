package io.telltale.record;

import io.telltale.crypto.Hmac;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.security.MessageDigest;

/**
 * What the ledger keeps of a record: {@code H(0x00 ‖ commit(origin) ‖ commit(payload))}, with two
 * independent salts so that opening the one lets nobody guess the other. Not thread-safe.
 */
public final class Leaf {
  private final Hmac hmac = new Hmac();
  private final MessageDigest digest = Hash.digest();
  private final byte[] commitments = new byte[1 + 2 * Hash.SIZE];

  /** HMAC-SHA-256 under the salt. */
  public Hash commit(Bytes salt, Bytes value) {
    return hmac.tag(salt, value);
  }

  /** The leaf hash of RFC 9162 section 2.1.1 over the 64 bytes of both commitments. */
  public static Hash of(Hash originCommitment, Hash payloadCommitment) {
    byte[] input = new byte[1 + 2 * Hash.SIZE];
    write(originCommitment, payloadCommitment, input);
    return Hash.sha256(input);
  }

  /** As {@link #of(Hash, Hash)} of both halves' commitments. */
  public Hash of(Bytes originSalt, Bytes origin, Bytes payloadSalt, Bytes payload) {
    write(commit(originSalt, origin), commit(payloadSalt, payload), commitments);
    return new Hash(Bytes.adopt(digest.digest(commitments)));
  }

  private static void write(Hash originCommitment, Hash payloadCommitment, byte[] to) {
    System.arraycopy(originCommitment.value().borrow(), 0, to, 1, Hash.SIZE);
    System.arraycopy(payloadCommitment.value().borrow(), 0, to, 1 + Hash.SIZE, Hash.SIZE);
  }
}
