package io.telltale.keys;

import io.telltale.crypto.AesBox;
import io.telltale.crypto.AesKey;
import io.telltale.crypto.CborWriter;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.leases.KeyState;
import java.util.Optional;

/**
 * The two layers around every secret of the shred store: the backend's key, which separates scopes,
 * and the generation's, which dies as a whole when something is erased. Thread-safe.
 */
final class Wrapping {
  static final String GENERATIONS = "generations";

  private final KeyBackend backend;
  private final Entropy entropy;
  private final int generation;
  private final AesKey generationKey;

  Wrapping(KeyBackend backend, Entropy entropy, int generation, AesKey generationKey) {
    this.backend = backend;
    this.entropy = entropy;
    this.generation = generation;
    this.generationKey = generationKey;
  }

  /** The outcome of wrapping. */
  sealed interface Wrapped {
    record Done(WrappedSecret secret) implements Wrapped {}

    record Refused(KeyState state) implements Wrapped {}
  }

  static Bytes generationContext(int number) {
    return new CborWriter(32).array(2).text("telltale/generation").integer(number).toBytes();
  }

  Wrapped wrap(String key, Bytes context, SecretBytes secret) {
    return switch (backend.wrap(key, context, secret)) {
      case KeyBackend.Wrapped.Refused refused -> new Wrapped.Refused(refused.state());
      case KeyBackend.Wrapped.Done done ->
          new Wrapped.Done(
              new WrappedSecret(
                  generation,
                  done.version(),
                  AesBox.seal(generationKey, entropy, context, done.blob().borrow())));
    };
  }

  KeyBackend.Unwrapped unwrap(String key, Bytes context, WrappedSecret secret) {
    if (secret.generation() != generation) {
      throw new CorruptException(
          "a secret of generation %d in a shred store of generation %d"
              .formatted(secret.generation(), generation));
    }
    Optional<Bytes> inner = AesBox.open(generationKey, context, secret.blob()).map(Bytes::adopt);
    return inner.isPresent()
        ? backend.unwrap(key, secret.keyVersion(), context, inner.get())
        : new KeyBackend.Unwrapped.Undecryptable();
  }
}
