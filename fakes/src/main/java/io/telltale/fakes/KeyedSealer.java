package io.telltale.fakes;

import io.telltale.crypto.EcdsaP256;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import io.telltale.leases.SealerDirectory;
import io.telltale.leases.SealerIdentity;
import java.security.KeyPair;

/** A sealer's identity with a real key, of which the credential is the public half. */
public record KeyedSealer(SpiffeId id, KeyPair keys) implements SealerIdentity {
  /** With a key of its own. */
  public KeyedSealer(SpiffeId id) {
    this(id, EcdsaP256.generate());
  }

  @Override
  public Fingerprint credential() {
    return Fingerprint.ofDer(keys.getPublic().getEncoded());
  }

  @Override
  public Bytes sign(Bytes toBeSigned) {
    return EcdsaP256.sign(keys.getPrivate(), toBeSigned);
  }

  /** As a directory shows it. */
  public SealerDirectory.Sealer shown() {
    return new SealerDirectory.Sealer(id, keys.getPublic());
  }
}
