package io.telltale.roster;

import java.util.Locale;
import java.util.Optional;

/** What a person or a service may do at the API; several may be held. */
public enum Role {
  /** Runs the fleet: devices, tokens, keys. */
  OPERATOR,
  /** Asks questions of the data. */
  ANALYST,
  /** Reads the ledger, the histories and the state; changes nothing. */
  AUDITOR;

  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The inverse of {@link #text()}; empty for anything else. */
  public static Optional<Role> ofText(String text) {
    for (Role role : values()) {
      if (role.text().equals(text)) {
        return Optional.of(role);
      }
    }
    return Optional.empty();
  }
}
