package io.telltale.identity;

import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;

/** Where the CA's private keys are sealed while they lie on disk: a backend of the keys module. */
public interface KeyWrap {
  /**
   * Seals {@code secret} so that only {@link #unwrap} under the same {@code purpose} opens it.
   * Throws {@link io.telltale.kernel.UnavailableException} when the backend cannot now.
   */
  Bytes wrap(String purpose, SecretBytes secret);

  /**
   * The secret again, for the caller to close. Throws {@link io.telltale.kernel.CorruptException}
   * when it was altered or belongs to another purpose, {@link
   * io.telltale.kernel.UnavailableException} when the backend cannot now.
   */
  SecretBytes unwrap(String purpose, Bytes wrapped);
}
