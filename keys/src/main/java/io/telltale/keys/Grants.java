package io.telltale.keys;

import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.leases.Operation;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;

/** The grants in memory; the shred store has them for good. Default: nothing is allowed. */
final class Grants {
  private final Set<Grant> granted;

  Grants(List<Grant> stored) {
    granted = new CopyOnWriteArraySet<>(stored);
  }

  boolean allow(SpiffeId caller, Scope scope, Operation operation) {
    for (Grant grant : granted) {
      if (grant.allows(caller, scope, operation)) {
        return true;
      }
    }
    return false;
  }

  boolean has(Grant grant) {
    return granted.contains(grant);
  }

  void add(Grant grant) {
    granted.add(grant);
  }

  void remove(Grant grant) {
    granted.remove(grant);
  }

  List<Grant> all() {
    return List.copyOf(granted);
  }
}
