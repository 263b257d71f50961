package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import java.util.Optional;

/**
 * A secret under a passphrase: AES-256-GCM, the key stretched by Argon2id (RFC 9106), as CBOR
 * {@code {0: 1, 1: sealed, 2: salt, 3: KiB, 4: passes, 5: lanes}}. The label is associated data.
 */
public final class PassphraseBox {
  private static final int VERSION = 1;
  private static final int KEY_SIZE = 32;
  private static final int SALT_SIZE = 16;
  private static final int SEALED_MAX = 64 * 1024;
  // Of a box that somebody else wrote: 4 GiB at most.
  private static final int KIB_MAX = 1 << 22;
  private static final byte[] NONCE = new byte[AesGcm.NONCE_SIZE];

  private PassphraseBox() {}

  private record Content(Bytes sealed, Bytes salt, Argon2.Cost cost) {}

  /** The key is used once: each box has a salt of its own. */
  public static Bytes seal(
      SecretBytes passphrase, String label, SecretBytes secret, Entropy entropy) {
    Bytes salt = entropy.bytes(SALT_SIZE);
    Argon2.Cost cost = Argon2.Cost.DEFAULT;
    AesKey key = AesKey.of(Argon2.stretch(passphrase, salt, cost, KEY_SIZE));
    byte[] sealed =
        new AesGcm().seal(key, NONCE, Bytes.utf8(label).toArray(), secret.borrow().clone());
    var out = new CborWriter(256);
    out.map(6).integer(0).integer(VERSION).integer(1).bytes(sealed).integer(2).bytes(salt);
    out.integer(3).integer(cost.memoryKib()).integer(4).integer(cost.passes());
    out.integer(5).integer(cost.lanes());
    return out.toBytes();
  }

  /** Empty for another passphrase or label, and for what is no box. */
  public static Optional<SecretBytes> open(SecretBytes passphrase, String label, Bytes box) {
    return Cbor.decode(box, PassphraseBox::content)
        .flatMap(
            content -> {
              AesKey key =
                  AesKey.of(Argon2.stretch(passphrase, content.salt(), content.cost(), KEY_SIZE));
              return new AesGcm()
                  .open(key, NONCE, Bytes.utf8(label).toArray(), content.sealed().toArray())
                  .map(SecretBytes::adopt);
            });
  }

  private static Content content(CborReader in) {
    in.require(in.map() == 6);
    in.key(0);
    in.integer(VERSION, VERSION);
    in.key(1);
    Bytes sealed = in.bytes();
    in.require(sealed.size() <= SEALED_MAX);
    in.key(2);
    Bytes salt = in.bytes(SALT_SIZE);
    in.key(3);
    int memoryKib = (int) in.integer(8, KIB_MAX);
    in.key(4);
    int passes = (int) in.integer(1, 100);
    in.key(5);
    int lanes = (int) in.integer(1, 16);
    return new Content(sealed, salt, new Argon2.Cost(memoryKib, passes, lanes));
  }
}
