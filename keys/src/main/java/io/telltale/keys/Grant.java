package io.telltale.keys;

import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.leases.Operation;

/**
 * A principal may do one operation in some scopes.
 *
 * @param scopes a scope's path, where any segment but the tenant may be {@code *}
 */
public record Grant(SpiffeId principal, String scopes, Operation operation) {
  private static final int SEGMENTS = 5;

  public Grant {
    String[] pattern = scopes.split("/", -1);
    if (pattern.length != SEGMENTS || pattern[0].equals("*")) {
      throw new IllegalArgumentException(
          "a grant's scopes are tenant/environment/region/productLine/sensitivity, of which all"
              + " but the tenant may be *");
    }
  }

  /** For all scopes of a tenant. */
  public static Grant all(SpiffeId principal, Operation operation) {
    return new Grant(principal, principal.tenant().name() + "/*/*/*/*", operation);
  }

  boolean allows(SpiffeId caller, Scope scope, Operation wanted) {
    if (!principal.equals(caller) || operation != wanted) {
      return false;
    }
    String[] pattern = scopes.split("/", -1);
    String[] path = scope.path().split("/", -1);
    for (int i = 0; i < SEGMENTS; i++) {
      if (!pattern[i].equals("*") && !pattern[i].equals(path[i])) {
        return false;
      }
    }
    return true;
  }
}
