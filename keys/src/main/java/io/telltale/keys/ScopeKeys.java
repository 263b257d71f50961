package io.telltale.keys;

import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.leases.KeyListener;
import io.telltale.leases.KeyService;
import io.telltale.leases.KeyState;
import io.telltale.leases.Operation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The states of scope keys. Our own record of a state decides and is committed with its event; the
 * backend follows, at the latest at the next start, and whichever is stricter counts.
 */
final class ScopeKeys {
  /** In place of a destroyed key's time: its end is not in the ledger yet. */
  private static final Instant UNTOLD = Instant.ofEpochMilli(Long.MAX_VALUE);

  private static final String SCHEDULED = "key.destruction.scheduled";

  /** The event comes later, or came before. */
  private static final String SILENT = "";

  private final AuthorityParts core;
  // Who asked for a destruction that is not told yet; lost by a crash, and told all the same.
  private final Map<Scope, KeyAct> destroying = new ConcurrentHashMap<>();
  private final Map<Scope, ShredStore.ScopeRow> rows = new ConcurrentHashMap<>();
  private final RefusalsTold refusals = new RefusalsTold();
  private final List<KeyListener> listeners = new CopyOnWriteArrayList<>();

  ScopeKeys(AuthorityParts core) {
    this.core = core;
    for (ShredStore.ScopeRow row : core.store().scopes()) {
      rows.put(row.scope(), row);
      tellBackend(row);
    }
  }

  KeyService.Listening listen(KeyListener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  boolean known(Scope scope) {
    return rows.containsKey(scope);
  }

  /** A scope that nobody has used yet counts as enabled. */
  KeyState state(Scope scope) {
    ShredStore.ScopeRow row = rows.get(scope);
    return row == null ? KeyState.ENABLED : row.state();
  }

  List<ScopeKey> list() {
    return rows.values().stream()
        .sorted(Comparator.comparing(row -> row.scope().path()))
        .map(this::describe)
        .toList();
  }

  ScopeKey describe(ShredStore.ScopeRow row) {
    return new ScopeKey(
        row.scope(),
        row.state(),
        core.backend().versions(AuthorityParts.keyOf(row.scope())),
        row.changed(),
        row.state() == KeyState.PENDING_DESTRUCTION
            ? Optional.of(row.destroyAfter())
            : Optional.empty());
  }

  /** Makes a scope's key at its first use. The caller holds the write lock. */
  void create(Scope scope, SpiffeId actor) {
    if (known(scope)) {
      return;
    }
    // A crash after this line leaves a version that nothing uses; the next start finds and takes
    // it.
    if (core.backend().versions(AuthorityParts.keyOf(scope)).isEmpty()) {
      core.backend().create(AuthorityParts.keyOf(scope));
    }
    Instant now = core.clock().instant();
    var row = new ShredStore.ScopeRow(scope, KeyState.ENABLED, now, Instant.EPOCH);
    core.write(
        tx -> {
          tx.scope(row);
          tx.event(core.event("key.created", actor, scope, Map.of("version", "1")));
        });
    rows.put(scope, row);
  }

  /** The caller holds the write lock. */
  KeyChange disable(Scope scope, KeyAct act) {
    return change(new Wish(scope, act, Operation.DISABLE, KeyState.DISABLED, "key.disabled"));
  }

  /** The caller holds the write lock. */
  KeyChange enable(Scope scope, KeyAct act) {
    return change(new Wish(scope, act, Operation.DISABLE, KeyState.ENABLED, "key.enabled"));
  }

  /** The caller holds the write lock. */
  KeyChange destroy(Scope scope, KeyAct act, Duration wait) {
    KeyState target = wait.isPositive() ? KeyState.PENDING_DESTRUCTION : KeyState.DESTROYED;
    return change(new Wish(scope, act, Operation.DESTROY, target, SCHEDULED), wait);
  }

  /**
   * The caller holds the write lock. Destroys what has waited long enough, and names what is to be
   * announced: also what a crash or the backend kept from being told before.
   */
  List<Scope> destroyDue(SpiffeId authority) {
    Instant now = core.clock().instant();
    var due = new ArrayList<Scope>();
    for (ShredStore.ScopeRow row : rows.values()) {
      if (row.state() == KeyState.PENDING_DESTRUCTION && !row.destroyAfter().isAfter(now)) {
        var act = new KeyAct(authority, "the waiting time is over");
        apply(new Wish(row.scope(), act, Operation.DESTROY, KeyState.DESTROYED, SILENT), now);
        due.add(row.scope());
      } else if (row.destroyAfter().equals(UNTOLD)) {
        destroying.putIfAbsent(row.scope(), new KeyAct(authority, "was asked for before"));
        due.add(row.scope());
      }
    }
    return due;
  }

  private record Wish(
      Scope scope, KeyAct act, Operation operation, KeyState target, String eventType) {}

  private KeyChange change(Wish wish) {
    return change(wish, Duration.ZERO);
  }

  private KeyChange change(Wish wish, Duration wait) {
    if (!core.grants().allow(wish.act().by(), wish.scope(), wish.operation())) {
      refused(wish);
      return new KeyChange.Refused("not-granted");
    }
    ShredStore.ScopeRow row = rows.get(wish.scope());
    if (row == null) {
      return new KeyChange.Refused("unknown-scope");
    }
    if (row.state() == wish.target()) {
      return new KeyChange.Done(describe(row));
    }
    if (!successors(row.state()).contains(wish.target())) {
      return new KeyChange.Refused("not-from-" + row.state().name().toLowerCase(Locale.ROOT));
    }
    return new KeyChange.Done(describe(apply(wish, core.clock().instant().plus(wait))));
  }

  /**
   * Records a refusal; of one that a machine repeats with every message, the first since the start.
   */
  void refused(KeyAct act, Scope scope, Operation operation) {
    if (!refusals.first(act.by(), scope, operation)) {
      return;
    }
    core.write(
        tx ->
            tx.event(
                core.event(
                    "key.refused",
                    act.by(),
                    scope,
                    Map.of("operation", operation.name(), "reason", act.reason()))));
  }

  private void refused(Wish wish) {
    refused(wish.act(), wish.scope(), wish.operation());
  }

  private static Set<KeyState> successors(KeyState state) {
    return switch (state) {
      case ENABLED -> Set.of(KeyState.DISABLED, KeyState.PENDING_DESTRUCTION, KeyState.DESTROYED);
      case DISABLED -> Set.of(KeyState.ENABLED, KeyState.PENDING_DESTRUCTION, KeyState.DESTROYED);
      case PENDING_DESTRUCTION -> Set.of(KeyState.ENABLED, KeyState.DISABLED, KeyState.DESTROYED);
      case DESTROYED -> Set.of();
    };
  }

  private ShredStore.ScopeRow apply(Wish wish, Instant destroyAfter) {
    boolean destroys = wish.target() == KeyState.DESTROYED;
    var row =
        new ShredStore.ScopeRow(
            wish.scope(), wish.target(), core.clock().instant(), destroys ? UNTOLD : destroyAfter);
    var details = new TreeMap<String, String>();
    details.put("reason", wish.act().reason());
    if (wish.operation() == Operation.DESTROY) {
      details.put("due", destroyAfter.toString());
    } else {
      details.put("state", wish.target().name());
    }
    core.write(
        tx -> {
          tx.scope(row);
          if (destroys) {
            tx.forgetScope(wish.scope());
          }
          if (!wish.eventType().equals(SILENT)) {
            tx.event(core.event(wish.eventType(), wish.act().by(), wish.scope(), details));
          }
        });
    rows.put(wish.scope(), row);
    if (destroys) {
      destroying.put(wish.scope(), wish.act());
    }
    return row;
  }

  /**
   * Tells first whoever caches secrets, then the backend. The caller holds no lock: a listener may
   * be waiting for one while it holds what we would wait for. If the backend cannot be reached, the
   * change holds here all the same and is repeated towards the backend at the next start.
   */
  ScopeKey announce(Scope scope) {
    ShredStore.ScopeRow row = rows.get(scope);
    if (row == null) {
      throw new IllegalStateException("a change of no scope");
    }
    Optional<RuntimeException> failed = tellAll(row);
    ScopeKey after;
    core.lock().writeLock().lock();
    try {
      ShredStore.ScopeRow now = rows.getOrDefault(scope, row);
      tellBackend(now);
      // Who was not told is told again, and only then is it destroyed for the ledger.
      after = describe(failed.isEmpty() ? told(now) : now);
    } finally {
      core.lock().writeLock().unlock();
    }
    if (failed.isPresent()) {
      throw failed.get();
    }
    return after;
  }

  /** The backend has destroyed it by now, so the ledger may say so. */
  private ShredStore.ScopeRow told(ShredStore.ScopeRow row) {
    KeyAct act = destroying.get(row.scope());
    if (act == null || !row.destroyAfter().equals(UNTOLD)) {
      return row;
    }
    Instant now = core.clock().instant();
    var told = new ShredStore.ScopeRow(row.scope(), row.state(), row.changed(), now);
    core.write(
        tx -> {
          tx.scope(told);
          tx.event(
              core.event("key.destroyed", act.by(), row.scope(), Map.of("reason", act.reason())));
        });
    rows.put(row.scope(), told);
    destroying.remove(row.scope());
    return told;
  }

  // One that fails keeps no other from forgetting what it caches, and no change from the backend.
  private Optional<RuntimeException> tellAll(ShredStore.ScopeRow row) {
    RuntimeException failed = null;
    for (KeyListener listener : listeners) {
      try {
        listener.changed(row.scope(), row.state());
      } catch (RuntimeException | Error e) {
        if (failed == null) {
          failed = new IllegalStateException("a key's listener failed", e);
        } else {
          failed.addSuppressed(e);
        }
      }
    }
    return Optional.ofNullable(failed);
  }

  /** Makes whoever caches secrets ask again, where {@code grant} reaches. */
  void tellOf(Grant grant) {
    Optional<RuntimeException> failed = Optional.empty();
    for (ShredStore.ScopeRow row : rows.values()) {
      if (grant.allows(grant.principal(), row.scope(), grant.operation())) {
        Optional<RuntimeException> one = tellAll(row);
        failed = failed.isPresent() ? failed : one;
      }
    }
    if (failed.isPresent()) {
      throw failed.get();
    }
  }

  private void tellBackend(ShredStore.ScopeRow row) {
    String key = AuthorityParts.keyOf(row.scope());
    for (KeyBackend.Version version : core.backend().versions(key)) {
      boolean gone = version.state() == KeyState.DESTROYED;
      if (!gone && version.state() != row.state()) {
        core.backend().setState(key, version.number(), row.state());
      }
    }
  }
}
