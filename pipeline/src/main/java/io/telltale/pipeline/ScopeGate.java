package io.telltale.pipeline;

import io.telltale.kernel.Scope;

/** Whether aggregates of a scope can be written now; asked once per commit and scope. */
@FunctionalInterface
public interface ScopeGate {
  Use of(Scope scope);

  /** What its key allows. */
  enum Use {
    OPEN,
    /** Disabled for now: its aggregates wait. */
    HELD,
    /** Destroyed: its aggregates are forgotten. */
    GONE
  }
}
