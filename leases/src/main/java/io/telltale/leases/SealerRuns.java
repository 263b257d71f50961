package io.telltale.leases;

import io.telltale.crypto.Entropy;
import io.telltale.record.LeaseAnnouncement;
import java.util.Optional;

/**
 * Where sealers take a new instance from. Whoever opens takes announcements of stated instances
 * only, so it must have been stated before.
 */
@FunctionalInterface
public interface SealerRuns {
  /** Empty while none is stated: then nothing may be sealed. */
  Optional<SealerRun> begin();

  /** Nobody states anything: for whoever opens without statements. */
  static SealerRuns unstated(Entropy entropy, int partitions) {
    return () ->
        Optional.of(
            new SealerRun(entropy.bytes(LeaseAnnouncement.Sealer.INSTANCE_SIZE), partitions));
  }
}
