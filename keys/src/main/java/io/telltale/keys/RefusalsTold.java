package io.telltale.keys;

import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.leases.Operation;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Which refusals are in the ledger already: a door without its grant asks with every message, and
 * must not fill the ledger. Acts of people count each time. Bounded; thread-safe.
 */
final class RefusalsTold {
  private static final int MAX = 10_000;

  private record What(SpiffeId caller, Scope scope, Operation operation) {}

  private final Set<What> known = new LinkedHashSet<>();

  synchronized boolean first(SpiffeId caller, Scope scope, Operation operation) {
    return switch (operation) {
      case ROTATE, DISABLE, DESTROY -> true;
      case SEAL, OPEN, WRAP -> {
        boolean fresh = known.add(new What(caller, scope, operation));
        if (known.size() > MAX) {
          known.remove(known.iterator().next());
        }
        yield fresh;
      }
    };
  }
}
