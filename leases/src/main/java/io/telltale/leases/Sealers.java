package io.telltale.leases;

import io.telltale.crypto.Entropy;
import java.time.InstantSource;
import java.util.function.Supplier;

/** Makes sealers. */
public final class Sealers {
  private static final int PARTITIONS_MAX = 64;

  private Sealers() {}

  /**
   * One per event loop: it shares nothing with another but the identity. It seals to no epoch key
   * that {@code keys} does not vouch for.
   */
  public static RecordSealer create(
      SealerIdentity identity, PinnedKeys keys, Entropy entropy, InstantSource clock) {
    return create(() -> identity, keys, entropy, clock);
  }

  /**
   * The same for a sealer whose certificate is renewed: each lease is announced under its newest.
   */
  public static RecordSealer create(
      Supplier<? extends SealerIdentity> newest,
      PinnedKeys keys,
      Entropy entropy,
      InstantSource clock) {
    return create(newest, SealerRuns.unstated(entropy, PARTITIONS_MAX), keys, entropy, clock);
  }

  /** The same for a sealer that seals under stated runs only. */
  public static RecordSealer create(
      Supplier<? extends SealerIdentity> newest,
      SealerRuns runs,
      PinnedKeys keys,
      Entropy entropy,
      InstantSource clock) {
    return new LeasedSealer(newest, keys, LeasedSealer.Supplies.of(runs, entropy, clock));
  }
}
