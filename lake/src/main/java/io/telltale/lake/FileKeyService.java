package io.telltale.lake;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import java.util.Optional;
import javax.crypto.SecretKey;

/** Where the keys of single files come from, and where they go to be wrapped. */
public interface FileKeyService {
  /**
   * A fresh AES-256 key for one file of {@code scope} and UTC day {@code epochDay}, wrapped for
   * that file alone. Throws {@link io.telltale.kernel.UnavailableException} when the scope's key is
   * disabled, destroyed or out of reach: then nothing is written.
   */
  Created create(Scope scope, long epochDay, Bytes fileId);

  /**
   * The key of the file, if {@code caller} may open it now; empty when there is no grant, the key
   * was disabled or destroyed, or the wrapped bytes are not of this file.
   */
  Optional<SecretKey> open(Bytes wrapped, Bytes fileId, SpiffeId caller);

  /** A new key and what to keep of it. */
  record Created(Bytes wrapped, SecretKey key) {}
}
