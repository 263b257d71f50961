package io.telltale.keys;

import io.telltale.crypto.CborWriter;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.leases.FileKeys;
import io.telltale.leases.KeyState;
import io.telltale.leases.Operation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** File keys under their scope's key, each bound to scope, epoch and file id. */
final class FileKeyRing implements FileKeys {
  private static final int KEY_SIZE = 32;

  private final AuthorityParts core;
  private final ScopeKeys scopes;
  private final SpiffeId caller;

  FileKeyRing(AuthorityParts core, ScopeKeys scopes, SpiffeId caller) {
    this.core = core;
    this.scopes = scopes;
    this.caller = caller;
  }

  static Bytes context(Wanted file) {
    return new CborWriter(160)
        .array(4)
        .text("telltale/file-key")
        .text(file.scope().path())
        .integer(file.epoch().toEpochDay())
        .text(file.fileId())
        .toBytes();
  }

  @Override
  public Access create(Wanted file) {
    return createAll(List.of(file)).getFirst();
  }

  @Override
  public List<Access> createAll(List<Wanted> files) {
    for (Scope scope : scopesOf(files)) {
      Optional<Access> refusal = refusal(scope, Operation.WRAP);
      if (refusal.isPresent()) {
        return List.of(refusal.get());
      }
      ensure(scope);
    }
    core.lock().readLock().lock();
    try {
      return store(files);
    } finally {
      core.lock().readLock().unlock();
    }
  }

  private static Set<Scope> scopesOf(List<Wanted> files) {
    var scopes = new HashSet<Scope>();
    files.forEach(file -> scopes.add(file.scope()));
    return scopes;
  }

  private void ensure(Scope scope) {
    if (scopes.known(scope)) {
      return;
    }
    core.lock().writeLock().lock();
    try {
      scopes.create(scope, caller);
    } finally {
      core.lock().writeLock().unlock();
    }
  }

  private List<Access> store(List<Wanted> files) {
    var rows = new ArrayList<ShredStore.FileRow>();
    var granted = new ArrayList<Access>();
    for (Wanted file : files) {
      if (core.store().file(file.fileId()).isPresent()) {
        return List.of(new Access.Denied("file-id-taken"));
      }
      SecretBytes key = core.entropy().secret(KEY_SIZE);
      switch (core.wrapping().wrap(AuthorityParts.keyOf(file.scope()), context(file), key)) {
        case Wrapping.Wrapped.Done done -> {
          rows.add(new ShredStore.FileRow(file, done.secret()));
          granted.add(new Access.Granted(file.fileId(), key));
        }
        case Wrapping.Wrapped.Refused refused -> {
          key.close();
          return List.of(unusable(refused.state()));
        }
      }
    }
    core.store().write(tx -> rows.forEach(tx::file));
    return granted;
  }

  @Override
  public Access open(String fileId) {
    core.lock().readLock().lock();
    try {
      return find(fileId);
    } finally {
      core.lock().readLock().unlock();
    }
  }

  private Access find(String fileId) {
    Optional<ShredStore.FileRow> row = core.store().file(fileId);
    if (row.isEmpty()) {
      return new Access.Gone("no-such-key");
    }
    Wanted file = row.get().file();
    Optional<Access> refusal = refusal(file.scope(), Operation.OPEN);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    return switch (core.wrapping()
        .unwrap(AuthorityParts.keyOf(file.scope()), context(file), row.get().key())) {
      case KeyBackend.Unwrapped.Done done -> new Access.Granted(fileId, done.secret());
      case KeyBackend.Unwrapped.Refused refused -> unusable(refused.state());
      case KeyBackend.Unwrapped.Undecryptable _ -> Access.Gone.undecryptable();
    };
  }

  @Override
  public void forget(Collection<String> fileIds) {
    List<String> ours = fileIds.stream().filter(this::mayForget).toList();
    if (!ours.isEmpty()) {
      core.store().write(tx -> ours.forEach(tx::forgetFile));
    }
  }

  // Whoever may make a file's key may end it.
  private boolean mayForget(String fileId) {
    return core.store()
        .file(fileId)
        .filter(row -> core.grants().allow(caller, row.file().scope(), Operation.WRAP))
        .isPresent();
  }

  /** The same file keys under the newest version of the scope's key. */
  static List<ShredStore.FileRow> rewrapped(AuthorityParts core, Scope scope) {
    var rows = new ArrayList<ShredStore.FileRow>();
    for (ShredStore.FileRow row : core.store().files(scope)) {
      WrappedSecret fresh =
          Rewrap.secret(core, AuthorityParts.keyOf(scope), context(row.file()), row.key());
      rows.add(new ShredStore.FileRow(row.file(), fresh));
    }
    return rows;
  }

  private Optional<Access> refusal(Scope scope, Operation operation) {
    if (!core.grants().allow(caller, scope, operation)) {
      scopes.refused(new KeyAct(caller, "file key"), scope, operation);
      return Optional.of(new Access.Denied("not-granted"));
    }
    KeyState state = scopes.state(scope);
    return state.usable() ? Optional.empty() : Optional.of(unusable(state));
  }

  private static Access unusable(KeyState state) {
    return state == KeyState.DESTROYED
        ? new Access.Gone("scope-key-destroyed")
        : new Access.Unavailable("scope-key-disabled");
  }
}
