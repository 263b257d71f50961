package io.telltale.registry;

import io.telltale.roster.LifecycleState;

/** What came of moving a device to another state. */
public sealed interface Transition {
  /** It moved; every view that has reached {@code position} shows it. */
  record Moved(LifecycleState from, LifecycleState to, long position) implements Transition {}

  /** It was in that state already. */
  record Unchanged(LifecycleState state) implements Transition {}

  /** The life of a device has no such step. */
  record Illegal(LifecycleState from, LifecycleState to) implements Transition {}

  /** There is no such device. */
  record Unknown() implements Transition {}
}
