package io.telltale.doors;

import io.telltale.registry.Identity;
import java.util.Optional;

/** Whether a TLS peer with a certificate may have a connection. */
public sealed interface PeerVerdict {
  /** It may. {@code identity} is empty where a listener's check knows none. */
  record Accepted(Optional<Identity> identity) implements PeerVerdict {}

  /** It may not. */
  record Refused(Cause cause) implements PeerVerdict {}
}
