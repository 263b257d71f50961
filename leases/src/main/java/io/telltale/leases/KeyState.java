package io.telltale.leases;

/**
 * The life of a key, after NIST SP 800-57 part 1. The order is from lenient to strict; the numbers
 * are in {@code docs/format/keys.md}.
 */
public enum KeyState {
  /** Wraps and unwraps. */
  ENABLED,
  /** Does nothing until it is enabled again. */
  DISABLED,
  /** Does nothing, and will be destroyed unless someone enables it in time. */
  PENDING_DESTRUCTION,
  /** Gone for good, with everything under it. */
  DESTROYED;

  public boolean usable() {
    return this == ENABLED;
  }
}
