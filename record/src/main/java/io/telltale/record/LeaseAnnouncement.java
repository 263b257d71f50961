package io.telltale.record;

import io.telltale.crypto.CborWriter;
import io.telltale.crypto.Hpke;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import java.time.Instant;

/**
 * What a sealer says, once in each partition, before it seals under a new lease: {@code
 * docs/format/lease.md}.
 *
 * @param sealer who seals
 * @param epoch to whose key the lease's secret is sealed
 * @param created the sealer's clock, milliseconds
 * @param secret the lease's secret, sealed to the epoch's public key
 */
public record LeaseAnnouncement(
    LeaseId id, Sealer sealer, Epoch epoch, Instant created, Hpke.Sealed secret) {
  static final String LABEL = "telltale/lease";
  static final int VERSION = 1;

  public LeaseAnnouncement {
    created = Instant.ofEpochMilli(created.toEpochMilli());
  }

  /**
   * A sealer.
   *
   * @param id its SPIFFE id
   * @param credential whose key signs the announcement
   * @param instance 8 random bytes of this run of this sealer: a newer lease of the same instance
   *     and scope replaces the older one
   */
  public record Sealer(SpiffeId id, Fingerprint credential, Bytes instance) {
    public static final int INSTANCE_SIZE = 8;

    public Sealer {
      if (instance.size() != INSTANCE_SIZE) {
        throw new IllegalArgumentException("an instance has 8 bytes, not " + instance.size());
      }
    }
  }

  /**
   * What the secret is bound to when it is sealed and opened: the epoch by HPKE's info, the lease
   * and its sealer by the associated data.
   */
  public static Hpke.Context context(LeaseId id, Sealer sealer, Epoch epoch, Instant created) {
    var associated = new CborWriter(160);
    associated.array(5).bytes(id.value()).bytes(sealer.instance()).text(sealer.id().uri());
    associated.bytes(sealer.credential().hash().value()).integer(created.toEpochMilli());
    var info = new CborWriter(96);
    info.array(5).text(LABEL).integer(VERSION).text(epoch.scope().path());
    info.integer(epoch.day().toEpochDay()).integer(epoch.version());
    return new Hpke.Context(info.toBytes(), associated.toBytes());
  }

  public Hpke.Context context() {
    return context(id, sealer, epoch, created);
  }

  public Scope scope() {
    return epoch.scope();
  }
}
