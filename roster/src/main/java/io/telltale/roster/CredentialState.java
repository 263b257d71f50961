package io.telltale.roster;

/** The state of one credential. Expiry is a matter of the clock and needs no transition. */
public enum CredentialState {
  PENDING,
  ACTIVE,
  /** Replaced, but still good until the overlap ends. */
  RETIRING,
  REVOKED;

  public boolean usable() {
    return this == ACTIVE || this == RETIRING;
  }
}
