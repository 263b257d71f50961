package io.telltale.identity;

import java.util.Locale;

/** Where in its life a CA is: it is prepared, takes over, is followed, and ends. */
public enum CaState {
  /** It is there and trusted, so that everybody can learn of it; it signs nothing yet. */
  PREPARED,
  /** It signs what is asked for. One issuing CA at a time. */
  ACTIVE,
  /** Another has followed it: it signs nothing new, and what it signed is good until its end. */
  SUPERSEDED,
  /** No door takes what it signed. It still says what that is worth. */
  RETIRED,
  /** As retired; its root lists it, and all that it signed is revoked. */
  REVOKED;

  /** Whether doors take what it signed. */
  public boolean isTrusted() {
    return this == PREPARED || this == ACTIVE || this == SUPERSEDED;
  }

  /** How it is stored, sent and told. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
