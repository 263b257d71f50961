package io.telltale.lake;

import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.leases.FileKeys;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A key service in memory: scopes can be disabled, callers refused. */
public final class TestKeys {
  private final SecureRandom random = new SecureRandom();
  private final Map<String, Wrapped> keys = new HashMap<>();
  private final Set<Scope> disabled = new HashSet<>();
  private final Set<SpiffeId> refused = new HashSet<>();
  private final Set<String> undecryptable = new HashSet<>();

  private record Wrapped(Scope scope, SecretBytes key) {}

  public synchronized void disable(Scope scope) {
    disabled.add(scope);
  }

  synchronized void enable(Scope scope) {
    disabled.remove(scope);
  }

  /** Forgets the keys of files whose names begin with {@code prefix}. */
  public synchronized void lose(String prefix) {
    keys.keySet().removeIf(name -> name.startsWith(prefix));
  }

  public synchronized void spoil(String name) {
    undecryptable.add(name);
  }

  public synchronized void refuse(SpiffeId caller) {
    refused.add(caller);
  }

  synchronized int count() {
    return keys.size();
  }

  FileKeys of(SpiffeId caller) {
    return new Of(caller);
  }

  private final class Of implements FileKeys {
    private final SpiffeId caller;

    Of(SpiffeId caller) {
      this.caller = caller;
    }

    @Override
    public Access create(Wanted file) {
      return createAll(List.of(file)).getFirst();
    }

    @Override
    public List<Access> createAll(List<Wanted> files) {
      synchronized (TestKeys.this) {
        var created = new ArrayList<Access>();
        for (Wanted file : files) {
          if (disabled.contains(file.scope())) {
            return List.of(new Access.Unavailable("scope-key-disabled"));
          }
          byte[] key = new byte[32];
          random.nextBytes(key);
          keys.put(file.fileId(), new Wrapped(file.scope(), SecretBytes.copyOf(key)));
          created.add(new Access.Granted(file.fileId(), SecretBytes.adopt(key)));
        }
        return created;
      }
    }

    @Override
    public Access open(String fileId) {
      synchronized (TestKeys.this) {
        Wrapped wrapped = keys.get(fileId);
        if (wrapped == null) {
          return new Access.Gone("no-such-key");
        }
        if (undecryptable.contains(fileId)) {
          return Access.Gone.undecryptable();
        }
        if (refused.contains(caller)) {
          return new Access.Denied("not-granted");
        }
        return disabled.contains(wrapped.scope())
            ? new Access.Unavailable("scope-key-disabled")
            : new Access.Granted(fileId, wrapped.key().copy());
      }
    }

    @Override
    public void forget(Collection<String> fileIds) {
      synchronized (TestKeys.this) {
        fileIds.forEach(keys::remove);
      }
    }
  }
}
