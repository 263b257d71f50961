package io.telltale.keys;

import io.telltale.crypto.SecretBytes;
import io.telltale.db.StoreSeal;
import io.telltale.kernel.Bytes;
import io.telltale.leases.KeyState;
import java.time.Instant;
import java.util.List;

/**
 * Holds the keys at the top of the hierarchy and never lets them out: two operations, wrap and
 * unwrap, under a context. Durable once a method has returned. Throws {@link
 * io.telltale.kernel.UnavailableException} when it cannot be reached. Thread-safe.
 */
public interface KeyBackend extends AutoCloseable {
  /** Makes a new, enabled version of {@code key}, which becomes the one that wraps. */
  int create(String key);

  /** All versions, oldest first, destroyed ones included; empty for a key that was never made. */
  List<Version> versions(String key);

  /** Wraps under the newest version. */
  Wrapped wrap(String key, Bytes context, SecretBytes secret);

  Unwrapped unwrap(String key, int version, Bytes context, Bytes blob);

  /**
   * Moves a version to another state. {@link KeyState#DESTROYED} removes the key material and is
   * final: a later change is an {@link IllegalStateException}.
   */
  void setState(String key, int version, KeyState state);

  /** What authenticates the rows of {@code store}; the same at every start. */
  StoreSeal storeSeal(String store);

  @Override
  void close();

  /** A version of a key. */
  record Version(int number, KeyState state, Instant created) {}

  /** The outcome of wrapping. */
  sealed interface Wrapped {
    record Done(int version, Bytes blob) implements Wrapped {}

    /** The newest version's state does not allow it, or there is none (destroyed). */
    record Refused(KeyState state) implements Wrapped {}
  }

  /** The outcome of unwrapping. */
  sealed interface Unwrapped {
    record Done(SecretBytes secret) implements Unwrapped {}

    /** The version's state does not allow it. */
    record Refused(KeyState state) implements Unwrapped {}

    /** Wrong key, context or blob; nothing finer. */
    record Undecryptable() implements Unwrapped {}
  }
}
