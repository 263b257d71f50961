package io.telltale.ledger;

import io.telltale.crypto.Ed25519;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.proof.NoteKey;
import io.telltale.proof.NoteSigner;

/** A signer whose Ed25519 seed lies in a {@link SecretStore}. */
public final class StoredNoteSigner implements NoteSigner {
  private static final String SEED = "ledger-note-seed";

  private final NoteKey key;
  private final SecretBytes seed;

  private StoredNoteSigner(NoteKey key, SecretBytes seed) {
    this.key = key;
    this.seed = seed;
  }

  /** Opens the signer {@code name}, making its key at the first call. */
  public static StoredNoteSigner open(String name, SecretStore secrets) {
    SecretBytes seed = secrets.loadOrCreate(SEED, Ed25519.KEY_SIZE);
    return new StoredNoteSigner(new NoteKey(name, Ed25519.publicKey(seed)), seed);
  }

  @Override
  public NoteKey key() {
    return key;
  }

  @Override
  public Bytes sign(Bytes text) {
    return Ed25519.sign(seed, text);
  }
}
