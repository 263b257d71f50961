package io.telltale.proof;

import io.telltale.crypto.Ed25519;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;

/** Signs by a seed that the test knows. */
record SeedSigner(String name, Bytes seed) implements NoteSigner {
  @Override
  public NoteKey key() {
    return new NoteKey(name, Ed25519.publicKey(SecretBytes.copyOf(seed.borrow())));
  }

  @Override
  public Bytes sign(Bytes text) {
    return Ed25519.sign(SecretBytes.copyOf(seed.borrow()), text);
  }
}
