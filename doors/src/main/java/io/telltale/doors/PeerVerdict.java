package io.telltale.doors;

import io.telltale.kernel.SpiffeId;
import io.telltale.roster.Identity;
import java.util.Optional;

/** Whether a TLS peer with a certificate may have a connection. */
public sealed interface PeerVerdict {
  /** It may. {@code identity} is empty where a listener's check knows none. */
  record Accepted(Optional<Identity> identity) implements PeerVerdict {}

  /** It may not. {@code known} is whose certificate it is, if it is one that we issued. */
  record Refused(Cause cause, Optional<SpiffeId> known) implements PeerVerdict {
    public Refused(Cause cause) {
      this(cause, Optional.empty());
    }
  }
}
