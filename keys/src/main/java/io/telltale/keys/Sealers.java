package io.telltale.keys;

import io.telltale.crypto.Entropy;
import java.time.InstantSource;

/** Makes sealers. */
public final class Sealers {
  private Sealers() {}

  /**
   * One per event loop: it shares nothing with another but the identity. It seals to no epoch key
   * that {@code keys} does not vouch for.
   */
  public static RecordSealer create(
      SealerIdentity identity, PinnedKeys keys, Entropy entropy, InstantSource clock) {
    return new LeasedSealer(identity, keys, entropy, clock);
  }
}
