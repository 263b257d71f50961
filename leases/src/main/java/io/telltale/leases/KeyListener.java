package io.telltale.leases;

import io.telltale.kernel.Scope;

/**
 * Is told of every change of a scope's state or grants, before the change is reported to who made
 * it.
 */
@FunctionalInterface
public interface KeyListener {
  /** Must return quickly; drops what it cached of the scope. */
  void changed(Scope scope, KeyState state);
}
