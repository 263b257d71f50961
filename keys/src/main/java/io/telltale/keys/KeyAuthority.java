package io.telltale.keys;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.Hpke;
import io.telltale.crypto.SecretBytes;
import io.telltale.db.AuthenticStore;
import io.telltale.db.StoreDriver;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.leases.FileKeys;
import io.telltale.leases.KeyListener;
import io.telltale.leases.KeyService;
import io.telltale.leases.KeyState;
import io.telltale.leases.Operation;
import io.telltale.leases.PinnedKeys;
import io.telltale.leases.StateSeal;
import io.telltale.record.LeaseAnnouncement;
import java.security.PublicKey;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.function.Supplier;

/**
 * The key service: alone has the backend and the shred store, and lets out nothing but public
 * halves, and secrets to those who hold a grant. Every change is committed together with its event.
 * Thread-safe.
 */
public final class KeyAuthority implements KeyService, AutoCloseable {
  private final AuthorityParts core;
  private final ScopeKeys scopes;
  private final EpochSigner signer;
  private final EpochKeys epochs;
  private final LeaseEventsTold told = new LeaseEventsTold();

  private KeyAuthority(AuthorityParts core) {
    this.core = core;
    this.scopes = new ScopeKeys(core);
    this.signer = EpochSigner.open(core);
    this.epochs = new EpochKeys(core, signer);
  }

  /** Opens the shred store or makes it. Closes neither backend nor clock. */
  public static KeyAuthority open(
      StoreDriver shredStore, KeyBackend backend, Entropy entropy, InstantSource clock) {
    return new KeyAuthority(AuthorityParts.open(shredStore, backend, entropy, clock));
  }

  /** The keys that sign epoch keys, for the trust bundle. */
  public List<PublicKey> epochSigners() {
    return List.of(signer.publicKey());
  }

  /** For sealers of this process, which know us by more than a line. */
  public PinnedKeys pinned() {
    return new PinnedKeys(this, epochSigners());
  }

  /** The events that wait for the ledger. */
  public Outbox outbox() {
    return core.outbox();
  }

  /** The shred store, for those who watch over it. */
  public AuthenticStore store() {
    return core.store().database().store();
  }

  public FileKeys fileKeys(SpiffeId caller) {
    return new FileKeyRing(core, scopes, caller);
  }

  /** The seal of a service's own state; the caller vouches for who it is. */
  public StateSeal stateSeal(SpiffeId service) {
    return locked(core.lock().writeLock(), () -> ServiceSeal.open(core, service));
  }

  @Override
  public EpochKey epochPublic(Scope scope, LocalDate day, SpiffeId caller) {
    if (!core.grants().allow(caller, scope, Operation.SEAL)) {
      scopes.refused(new KeyAct(caller, "epoch key"), scope, Operation.SEAL);
      return new EpochKey.Denied("not-granted");
    }
    if (!epochs.inRange(day)) {
      return new EpochKey.Denied("day-out-of-range");
    }
    KeyState state = scopes.state(scope);
    if (!state.usable()) {
      return new EpochKey.Unavailable(reason(state));
    }
    Optional<Bytes> signed = epochs.signed(scope, day);
    if (signed.isEmpty()) {
      locked(core.lock().writeLock(), () -> make(scope, day, caller));
      signed = epochs.signed(scope, day);
    }
    return signed
        .<EpochKey>map(EpochKey.Public::new)
        .orElseGet(() -> new EpochKey.Unavailable("scope-key-disabled"));
  }

  private boolean make(Scope scope, LocalDate day, SpiffeId caller) {
    scopes.create(scope, caller);
    return epochs.create(scope, day);
  }

  @Override
  public LeaseAccess openLease(LeaseAnnouncement lease, SpiffeId caller) {
    return locked(core.lock().readLock(), () -> access(lease, caller));
  }

  private LeaseAccess access(LeaseAnnouncement lease, SpiffeId caller) {
    Scope scope = lease.scope();
    if (!core.grants().allow(caller, scope, Operation.OPEN)) {
      tell("lease.refused", lease, caller, Map.of("why", "opener-not-granted"));
      return new LeaseAccess.Denied("opener-not-granted");
    }
    if (!core.grants().allow(lease.sealer().id(), scope, Operation.SEAL)) {
      tell("lease.refused", lease, caller, Map.of("why", "sealer-not-granted"));
      return new LeaseAccess.Gone("sealer-not-granted");
    }
    KeyState state = scopes.state(scope);
    if (!state.usable()) {
      return unusable(state);
    }
    Optional<ShredStore.EpochRow> row = core.store().epoch(lease.epoch());
    if (row.isEmpty()) {
      return new LeaseAccess.Gone("no-such-epoch-key");
    }
    return switch (epochs.open(row.get())) {
      case KeyBackend.Unwrapped.Refused refused -> unusable(refused.state());
      case KeyBackend.Unwrapped.Undecryptable undecryptable ->
          new LeaseAccess.Gone("epoch-key-does-not-open");
      case KeyBackend.Unwrapped.Done done -> decapsulate(lease, caller, done.secret());
    };
  }

  private LeaseAccess decapsulate(LeaseAnnouncement lease, SpiffeId caller, SecretBytes epochKey) {
    try (epochKey) {
      Optional<SecretBytes> secret = Hpke.open(epochKey, lease.context(), lease.secret());
      if (secret.isEmpty()) {
        return new LeaseAccess.Gone("not-sealed-to-this-epoch");
      }
      // The event is durable before the secret leaves.
      tell("lease.opened", lease, caller, Map.of());
      return new LeaseAccess.Granted(secret.get());
    }
  }

  private void tell(
      String type, LeaseAnnouncement lease, SpiffeId caller, Map<String, String> more) {
    if (told.already(type, lease.id(), caller)) {
      return;
    }
    var details = new HashMap<>(more);
    details.put("lease", lease.id().hex());
    details.put("sealer", lease.sealer().id().uri());
    details.put("credential", lease.sealer().credential().hex());
    details.put("epoch", lease.epoch().day().toString());
    core.write(tx -> tx.event(core.event(type, caller, lease.scope(), details)));
    told.add(type, lease.id(), caller);
  }

  private static LeaseAccess unusable(KeyState state) {
    return state == KeyState.DESTROYED
        ? new LeaseAccess.Gone("scope-key-destroyed")
        : new LeaseAccess.Unavailable("scope-key-disabled");
  }

  private static String reason(KeyState state) {
    return state == KeyState.DESTROYED ? "scope-key-destroyed" : "scope-key-disabled";
  }

  @Override
  public Standing standing(Scope scope, Operation operation, SpiffeId caller) {
    if (!core.grants().allow(caller, scope, operation)) {
      return Standing.DENIED;
    }
    return switch (scopes.state(scope)) {
      case ENABLED -> Standing.ALLOWED;
      case DISABLED, PENDING_DESTRUCTION -> Standing.DISABLED;
      case DESTROYED -> Standing.DESTROYED;
    };
  }

  @Override
  public Listening listen(KeyListener listener) {
    return scopes.listen(listener);
  }

  /** Every scope key, by path. */
  public List<ScopeKey> list() {
    return scopes.list();
  }

  public KeyState state(Scope scope) {
    return scopes.state(scope);
  }

  /** Stops every use in this process before it returns. */
  public KeyChange disable(Scope scope, KeyAct act) {
    return changing(() -> scopes.disable(scope, act));
  }

  /** Also calls off a destruction that is still pending. */
  public KeyChange enable(Scope scope, KeyAct act) {
    return changing(() -> scopes.enable(scope, act));
  }

  /**
   * Destroys the key after {@code wait}, during which it does nothing and {@link #enable} still
   * brings it back; at once when {@code wait} is zero.
   */
  public KeyChange destroy(Scope scope, KeyAct act, Duration wait) {
    return changing(() -> scopes.destroy(scope, act, wait));
  }

  /**
   * Completes pending destructions whose time has come, and those that the backend could not be
   * told of before; to be called now and then. The event of each is made when the key is gone.
   */
  public List<Scope> destroyDue(SpiffeId authority) {
    List<Scope> due = locked(core.lock().writeLock(), () -> scopes.destroyDue(authority));
    RuntimeException failed = null;
    for (Scope scope : due) {
      try {
        scopes.announce(scope);
      } catch (RuntimeException e) {
        failed = failed == null ? e : failed;
      }
    }
    if (failed != null) {
      throw failed;
    }
    return due;
  }

  /**
   * Makes a new version of the scope's key, wraps everything under it again and destroys the older
   * versions. No data is touched.
   */
  public KeyChange rotate(Scope scope, KeyAct act) {
    return locked(
        core.lock().writeLock(), () -> new Rotation(core, scopes, epochs).rotate(scope, act));
  }

  public List<Grant> grants() {
    return core.grants().all();
  }

  /** Nothing happens, and no event is made, when it is granted already. */
  public void grant(Grant grant, KeyAct act) {
    if (!core.grants().has(grant)) {
      core.write(
          tx -> {
            tx.grant(grant);
            tx.event(core.event("grant.added", grant.principal().tenant(), act.by(), grant));
          });
      core.grants().add(grant);
    }
  }

  /** In effect everywhere in this process when it returns. */
  public void withdraw(Grant grant, KeyAct act) {
    if (core.grants().has(grant)) {
      core.grants().remove(grant);
      core.write(
          tx -> {
            tx.withdraw(grant);
            tx.event(core.event("grant.removed", grant.principal().tenant(), act.by(), grant));
          });
      scopes.tellOf(grant);
    }
  }

  private KeyChange changing(Supplier<KeyChange> work) {
    return switch (locked(core.lock().writeLock(), work)) {
      case KeyChange.Refused refused -> refused;
      case KeyChange.Done done -> new KeyChange.Done(scopes.announce(done.key().scope()));
    };
  }

  private static <T> T locked(Lock lock, Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    core.store().close();
  }
}
