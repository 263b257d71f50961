package io.telltale.keys;

import io.telltale.crypto.CborWriter;
import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.record.EpochCodec;
import io.telltale.record.EpochPublicKey;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.Optional;

/**
 * Signs the public halves of epoch keys, so that whoever can write to our database or sits on the
 * line cannot have sealers encapsulate to a key of their own.
 */
final class EpochSigner {
  private static final int VERSION = 1;

  private final PrivateKey privateKey;
  private final PublicKey publicKey;

  private EpochSigner(PrivateKey privateKey, PublicKey publicKey) {
    this.privateKey = privateKey;
    this.publicKey = publicKey;
  }

  static Bytes context(int version) {
    return new CborWriter(48).array(2).text("telltale/epoch-signer").integer(version).toBytes();
  }

  /** Opens the signing key, or makes it at first use. */
  static EpochSigner open(AuthorityParts core) {
    Optional<ShredStore.SignerRow> stored = core.store().signer(VERSION);
    if (stored.isEmpty()) {
      return create(core);
    }
    PublicKey publicKey =
        EcdsaP256.publicKey(stored.get().publicKey())
            .orElseThrow(() -> new CorruptException("the epoch signer's public key is none"));
    return switch (core.wrapping()
        .unwrap(AuthorityParts.SERVICES, context(VERSION), stored.get().privateKey())) {
      case KeyBackend.Unwrapped.Done done -> pair(open(done.secret()), publicKey);
      case KeyBackend.Unwrapped.Refused refused ->
          throw new CorruptException("the key of service keys is " + refused.state());
      case KeyBackend.Unwrapped.Undecryptable undecryptable ->
          throw new CorruptException("the epoch signer's key does not open");
    };
  }

  // The public half is what doors are told to trust: the private half, which nobody else can make,
  // says whether it is ours.
  private static EpochSigner pair(PrivateKey privateKey, PublicKey publicKey) {
    Bytes probe = context(VERSION);
    if (!EcdsaP256.verify(publicKey, probe, EcdsaP256.sign(privateKey, probe))) {
      throw new CorruptException(
          "the epoch signer's public key in shred.db is not its private key's: somebody replaced"
              + " it. Put the newest copy of the whole data folder back");
    }
    return new EpochSigner(privateKey, publicKey);
  }

  private static PrivateKey open(SecretBytes pkcs8) {
    try (pkcs8) {
      return EcdsaP256.privateKey(pkcs8)
          .orElseThrow(() -> new CorruptException("the epoch signer's key is none"));
    }
  }

  private static EpochSigner create(AuthorityParts core) {
    if (core.backend().versions(AuthorityParts.SERVICES).isEmpty()) {
      core.backend().create(AuthorityParts.SERVICES);
    }
    KeyPair pair = EcdsaP256.generate();
    try (SecretBytes pkcs8 = SecretBytes.adopt(pair.getPrivate().getEncoded())) {
      return switch (core.wrapping().wrap(AuthorityParts.SERVICES, context(VERSION), pkcs8)) {
        case Wrapping.Wrapped.Refused refused ->
            throw new CorruptException("the key of service keys is " + refused.state());
        case Wrapping.Wrapped.Done done -> {
          Bytes spki = Bytes.adopt(pair.getPublic().getEncoded());
          core.store()
              .write(tx -> tx.signer(new ShredStore.SignerRow(VERSION, spki, done.secret())));
          yield new EpochSigner(pair.getPrivate(), pair.getPublic());
        }
      };
    }
  }

  PublicKey publicKey() {
    return publicKey;
  }

  Bytes sign(EpochPublicKey key) {
    return EpochCodec.sign(key, message -> EcdsaP256.sign(privateKey, message));
  }
}
