package io.telltale.keys;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.Hpke;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.kernel.UnavailableException;
import io.telltale.record.LeaseAnnouncement;
import io.telltale.record.LeaseCodec;
import io.telltale.record.LeaseId;
import io.telltale.record.LeaseKeys;
import io.telltale.record.Origin;
import io.telltale.record.OriginCodec;
import io.telltale.record.RecordCodec;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Seals under one lease per scope. Its only other thread is the key listener's, which takes the
 * same monitor.
 */
final class LeasedSealer implements RecordSealer {
  /** Far below what a 96-bit counter and AES-GCM allow for one key (NIST SP 800-38D). */
  static final long MESSAGES_MAX = 1L << 32;

  private static final int SALTS_BLOCK = 64 * 64;

  private final SealerIdentity identity;
  private final KeyService service;
  private final Entropy entropy;
  private final Entropy salts;
  private final InstantSource clock;
  private final long messagesMax;
  private final Bytes instance;
  private final RecordCodec codec = new RecordCodec();
  private final Map<Scope, SealingLease> leases = new HashMap<>();
  private final Map<Scope, KeyService.EpochKey.Public> epochs = new HashMap<>();
  private final KeyService.Listening listening;

  LeasedSealer(SealerIdentity identity, KeyService service, Entropy entropy, InstantSource clock) {
    this(identity, service, new Means(entropy, clock, MESSAGES_MAX));
  }

  /** What a test replaces. */
  record Means(Entropy entropy, InstantSource clock, long messagesMax) {}

  LeasedSealer(SealerIdentity identity, KeyService service, Means means) {
    this.identity = identity;
    this.service = service;
    this.entropy = means.entropy();
    this.salts = Entropy.buffered(means.entropy(), SALTS_BLOCK);
    this.clock = means.clock();
    this.messagesMax = means.messagesMax();
    this.instance = means.entropy().bytes(LeaseAnnouncement.Sealer.INSTANCE_SIZE);
    this.listening = service.listen(this::changed);
  }

  @Override
  public synchronized Sealed seal(int partition, Origin origin, Bytes payload) {
    SealingLease lease = leases.get(origin.scope());
    if (lease != null && lease.covers(clock.millis())) {
      return seal(lease, partition, origin, payload);
    }
    return switch (take(origin.scope())) {
      case Taken.Refused refused -> new Sealed.Unavailable(refused.why());
      case Taken.Lease taken -> seal(taken.lease(), partition, origin, payload);
    };
  }

  private Sealed seal(SealingLease lease, int partition, Origin origin, Bytes payload) {
    SealingLease.Slot slot = lease.slot(partition);
    Bytes sealedPayload =
        codec.sealPayload(lease.forPayloads(origin.device()), lease.takeMessage(), origin, payload);
    var parts =
        new RecordCodec.Parts(
            salts.bytes(RecordCodec.SALT_SIZE),
            salts.bytes(RecordCodec.SALT_SIZE),
            OriginCodec.encode(origin),
            sealedPayload);
    Bytes record = codec.sealRecord(slot.keys(), slot.take(), parts);
    return new Sealed.Ready(
        slot.mustAnnounce() ? List.of(lease.announcement(), record) : List.of(record));
  }

  /** The outcome of taking a lease. */
  private sealed interface Taken {
    record Lease(SealingLease lease) implements Taken {}

    record Refused(String why) implements Taken {}
  }

  private Taken take(Scope scope) {
    drop(scope);
    Instant now = Instant.ofEpochMilli(clock.millis());
    LocalDate day = LocalDate.ofInstant(now, ZoneOffset.UTC);
    KeyService.EpochKey.Public known = epochs.get(scope);
    if (known != null && known.epoch().day().equals(day)) {
      return new Taken.Lease(announce(known, now));
    }
    try {
      return switch (service.epochPublic(scope, day, identity.id())) {
        case KeyService.EpochKey.Denied denied -> new Taken.Refused(denied.why());
        case KeyService.EpochKey.Unavailable unavailable -> new Taken.Refused(unavailable.why());
        case KeyService.EpochKey.Public epoch -> {
          epochs.put(scope, epoch);
          yield new Taken.Lease(announce(epoch, now));
        }
      };
    } catch (UnavailableException e) {
      return new Taken.Refused("key-service-unreachable");
    }
  }

  private SealingLease announce(KeyService.EpochKey.Public epoch, Instant now) {
    var id = new LeaseId(entropy.bytes(LeaseId.SIZE));
    var sealer = new LeaseAnnouncement.Sealer(identity.id(), identity.credential(), instance);
    // Straight from the source, never from the buffer: a copied process must not share a secret.
    try (SecretBytes secret = entropy.secret(LeaseKeys.SECRET_SIZE)) {
      Hpke.Sealed sealed =
          Hpke.seal(
              epoch.publicKey(), LeaseAnnouncement.context(id, sealer, epoch.epoch(), now), secret);
      var announcement = new LeaseAnnouncement(id, sealer, epoch.epoch(), now, sealed);
      var lease =
          new SealingLease(
              LeaseCodec.sign(announcement, identity::sign),
              new LeaseKeys(id, secret),
              now,
              messagesMax);
      leases.put(epoch.epoch().scope(), lease);
      return lease;
    }
  }

  private synchronized void changed(Scope scope, KeyState state) {
    drop(scope);
    epochs.remove(scope);
  }

  private void drop(Scope scope) {
    SealingLease old = leases.remove(scope);
    if (old != null) {
      old.close();
    }
  }

  @Override
  public synchronized void retire() {
    leases.values().forEach(SealingLease::close);
    leases.clear();
  }

  @Override
  public synchronized void close() {
    listening.close();
    retire();
    epochs.clear();
  }
}
