package io.telltale.doors;

import java.security.cert.X509Certificate;
import java.util.List;

/** A listener's own trust: decides about the chain that a TLS peer showed. Must not block. */
public interface PeerCheck {
  /** Decides during the handshake. The chain is never empty, leaf first, and not yet verified. */
  PeerVerdict check(List<X509Certificate> chain);

  /**
   * Decides again when the handshake is complete, and later in the session: a resumed session never
   * passes {@link #check}. The chain passed it once.
   */
  default PeerVerdict again(List<X509Certificate> chain) {
    return check(chain);
  }

  /** The authorities named to the peer, so that it picks the right certificate; may be empty. */
  default List<X509Certificate> authorities() {
    return List.of();
  }
}
