package io.telltale.proof;

import io.telltale.kernel.Bytes;

/** Signs checkpoints; where the private key lives is its own affair. */
public interface NoteSigner {
  /** What others verify with. */
  NoteKey key();

  /**
   * An Ed25519 signature over {@code text}; throws {@link io.telltale.kernel.UnavailableException}
   * when the key cannot be used now.
   */
  Bytes sign(Bytes text);
}
