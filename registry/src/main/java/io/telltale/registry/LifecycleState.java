package io.telltale.registry;

import java.util.Set;

/** The life of a device (RG-2); {@code lost} and {@code stolen} are reasons, not states. */
public enum LifecycleState {
  REGISTERED,
  BOOTSTRAPPED,
  ACTIVE,
  QUARANTINED,
  DISABLED,
  COMPROMISED,
  RETIRED;

  /** The states that a device may enter from this one. */
  public Set<LifecycleState> next() {
    return switch (this) {
      case REGISTERED -> Set.of(BOOTSTRAPPED, ACTIVE, DISABLED, COMPROMISED, RETIRED);
      case BOOTSTRAPPED -> Set.of(ACTIVE, QUARANTINED, DISABLED, COMPROMISED, RETIRED);
      case ACTIVE -> Set.of(QUARANTINED, DISABLED, COMPROMISED, RETIRED);
      case QUARANTINED -> Set.of(ACTIVE, DISABLED, COMPROMISED, RETIRED);
      // A device that comes back must enroll again (RG-4): never straight to active.
      case DISABLED -> Set.of(REGISTERED, COMPROMISED, RETIRED);
      case COMPROMISED -> Set.of(REGISTERED, RETIRED);
      case RETIRED -> Set.of();
    };
  }

  /** Whether a session of such a device may exist at all. */
  public boolean mayConnect() {
    return this == ACTIVE;
  }
}
