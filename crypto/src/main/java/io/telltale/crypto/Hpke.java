package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.Optional;
import org.conscrypt.HpkeContextRecipient;
import org.conscrypt.HpkeContextSender;
import org.conscrypt.OpenSslXwingPrivateKey;
import org.conscrypt.OpenSslXwingPublicKey;

/**
 * HPKE base mode (RFC 9180) with X-Wing (X25519 and ML-KEM-768), HKDF-SHA-256 and AES-256-GCM: what
 * is sealed stays closed unless both key exchanges are broken.
 */
public final class Hpke {
  public static final int PUBLIC_SIZE = 1_216;
  public static final int PRIVATE_SIZE = 32;
  public static final int ENCAPSULATION_SIZE = 1_120;
  private static final String SUITE = "XWING/HKDF_SHA256/AES_256_GCM";

  private Hpke() {}

  /** A fresh pair in raw encodings; the private half is the 32-byte seed. */
  public record Pair(Bytes publicKey, SecretBytes privateKey) {}

  /** An encapsulation and the ciphertext under the key in it. */
  public record Sealed(Bytes encapsulation, Bytes ciphertext) {}

  /** What a ciphertext is bound to: both must be given again to open it. */
  public record Context(Bytes info, Bytes associated) {}

  public static Pair generate() {
    try {
      var pair = KeyPairGenerator.getInstance("XWING", Boring.PROVIDER).generateKeyPair();
      var privateKey = (OpenSslXwingPrivateKey) pair.getPrivate();
      var publicKey = (OpenSslXwingPublicKey) pair.getPublic();
      return new Pair(Bytes.adopt(publicKey.getRaw()), SecretBytes.adopt(privateKey.getRaw()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Conscrypt has X-Wing", e);
    }
  }

  /** Throws {@link IllegalArgumentException} for a public key that is none. */
  public static Sealed seal(Bytes publicKey, Context context, SecretBytes secret) {
    if (publicKey.size() != PUBLIC_SIZE) {
      throw new IllegalArgumentException("an X-Wing public key has 1216 bytes");
    }
    try {
      var sender = HpkeContextSender.getInstance(SUITE, Boring.PROVIDER);
      sender.init(new OpenSslXwingPublicKey(publicKey.toArray()), context.info().borrow());
      byte[] ciphertext = sender.seal(secret.borrow(), context.associated().borrow());
      return new Sealed(Bytes.adopt(sender.getEncapsulated()), Bytes.adopt(ciphertext));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("not an X-Wing public key", e);
    }
  }

  /** Empty for whatever is wrong, nothing finer. */
  public static Optional<SecretBytes> open(SecretBytes privateKey, Context context, Sealed sealed) {
    if (privateKey.size() != PRIVATE_SIZE
        || sealed.encapsulation().size() != ENCAPSULATION_SIZE
        || sealed.ciphertext().size() < AesGcm.TAG_SIZE) {
      return Optional.empty();
    }
    try {
      var recipient = HpkeContextRecipient.getInstance(SUITE, Boring.PROVIDER);
      recipient.init(
          sealed.encapsulation().toArray(),
          new OpenSslXwingPrivateKey(privateKey.toArray()),
          context.info().borrow());
      byte[] plain = recipient.open(sealed.ciphertext().borrow(), context.associated().borrow());
      return Optional.of(SecretBytes.adopt(plain));
    } catch (GeneralSecurityException | IllegalArgumentException | IllegalStateException e) {
      return Optional.empty();
    }
  }
}
