package io.telltale.keys;

/** The outcome of changing a scope's key. */
public sealed interface KeyChange {
  /** In effect everywhere in this process, and durable together with its event. */
  record Done(ScopeKey key) implements KeyChange {}

  /** Not allowed, unknown scope, or no legal change of state. {@code why} is a constant. */
  record Refused(String why) implements KeyChange {}
}
