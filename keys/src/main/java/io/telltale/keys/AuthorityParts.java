package io.telltale.keys;

import io.telltale.crypto.AesKey;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.db.OutboxTable;
import io.telltale.db.StoreDriver;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Event;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;

/**
 * What the parts of the authority share.
 *
 * @param lock held for reading while something is wrapped and stored, for writing while a key
 *     changes, so that nothing is ever wrapped under a version that is on its way out
 */
public record AuthorityParts(
    ShredStore store,
    KeyBackend backend,
    Wrapping wrapping,
    Grants grants,
    OutboxTable outbox,
    Entropy entropy,
    InstantSource clock,
    ReadWriteLock lock) {
  static final String SERVICES = "services";
  private static final String OUTBOX_SOURCE = "keys";

  static AuthorityParts open(
      StoreDriver shredStore, KeyBackend backend, Entropy entropy, InstantSource clock) {
    ShredStore store = ShredStore.open(shredStore, backend.storeSeal(OUTBOX_SOURCE));
    return new AuthorityParts(
        store,
        backend,
        wrapping(store, backend, entropy),
        new Grants(store.grants()),
        new OutboxTable(store.database(), OUTBOX_SOURCE, ShredStore.OUTBOX),
        entropy,
        clock,
        new ReentrantReadWriteLock());
  }

  public static String keyOf(Scope scope) {
    return "scope:" + scope.path();
  }

  private static Wrapping wrapping(ShredStore store, KeyBackend backend, Entropy entropy) {
    List<WrappedSecret> generations = store.generations();
    if (generations.isEmpty()) {
      return firstGeneration(store, backend, entropy);
    }
    WrappedSecret newest = generations.getLast();
    var context = Wrapping.generationContext(newest.generation());
    return switch (backend.unwrap(
        Wrapping.GENERATIONS, newest.keyVersion(), context, newest.blob())) {
      case KeyBackend.Unwrapped.Done done -> {
        try (SecretBytes secret = done.secret()) {
          yield new Wrapping(backend, entropy, newest.generation(), AesKey.of(secret));
        }
      }
      case KeyBackend.Unwrapped.Refused refused ->
          throw new CorruptException("the shred store's generation key is " + refused.state());
      case KeyBackend.Unwrapped.Undecryptable undecryptable ->
          throw new CorruptException("the shred store does not belong to this key backend");
    };
  }

  private static Wrapping firstGeneration(ShredStore store, KeyBackend backend, Entropy entropy) {
    if (backend.versions(Wrapping.GENERATIONS).isEmpty()) {
      backend.create(Wrapping.GENERATIONS);
    }
    try (SecretBytes secret = entropy.secret(32)) {
      return switch (backend.wrap(Wrapping.GENERATIONS, Wrapping.generationContext(1), secret)) {
        case KeyBackend.Wrapped.Refused refused ->
            throw new CorruptException("the shred store's generation key is " + refused.state());
        case KeyBackend.Wrapped.Done done -> {
          store.write(tx -> tx.generation(new WrappedSecret(1, done.version(), done.blob())));
          yield new Wrapping(backend, entropy, 1, AesKey.of(secret));
        }
      };
    }
  }

  /** Changes the store and tells the ledger's sequencer. */
  void write(Consumer<ShredTx> work) {
    store.write(work);
    outbox.committed();
  }

  Event event(String type, SpiffeId actor, Scope scope, Map<String, String> details) {
    return Event.of(type, clock.instant(), scope.tenant(), actor.uri(), scope.path(), details);
  }

  Event event(String type, TenantId tenant, SpiffeId actor, Grant grant) {
    return Event.of(
        type,
        clock.instant(),
        tenant,
        actor.uri(),
        grant.principal().uri(),
        Map.of("scopes", grant.scopes(), "operation", grant.operation().name()));
  }
}
