package io.telltale.leases;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.Hpke;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.kernel.UnavailableException;
import io.telltale.record.EpochPublicKey;
import io.telltale.record.LeaseAnnouncement;
import io.telltale.record.LeaseCodec;
import io.telltale.record.LeaseId;
import io.telltale.record.LeaseKeys;
import io.telltale.record.Origin;
import io.telltale.record.OriginWriter;
import io.telltale.record.RecordCodec;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Seals under one lease per scope. Its only other thread is the key listener's, which takes the
 * same monitor.
 */
final class LeasedSealer implements RecordSealer {
  /** Far below what a 96-bit counter and AES-GCM allow for one key (NIST SP 800-38D). */
  static final long MESSAGES_MAX = 1L << 32;

  private static final int SALTS_BLOCK = 64 * 64;

  private final Supplier<? extends SealerIdentity> identities;
  private final PinnedKeys keys;
  private final Entropy entropy;
  private final Entropy salts;
  private final InstantSource clock;
  private final long messagesMax;
  private final SealerRuns runs;
  private final Executor aside;
  private final OriginWriter origins = new OriginWriter();
  private final Map<Scope, SealingLease> leases = new HashMap<>();
  // Made aside shortly before the current one ends, so that no event loop waits for the key store.
  private final Map<Scope, Taken.Lease> next = new HashMap<>();
  private final Set<Scope> preparing = new HashSet<>();
  private final Map<Scope, EpochPublicKey> epochs = new HashMap<>();
  // When the newest lease of each scope was made, within this run: their order is what tells a
  // new announcement from one that somebody repeats.
  private final Map<Scope, Long> newest = new HashMap<>();
  private @Nullable SealerRun run;
  // Ended with records under way.
  private final List<SealerRun> leaving = new ArrayList<>();
  private final KeyService.Listening listening;

  /**
   * What a test replaces.
   *
   * @param runs where instances come from
   * @param aside where the next lease is made while the current one still holds
   */
  record Supplies(
      SealerRuns runs, Entropy entropy, InstantSource clock, long messagesMax, Executor aside) {
    static Supplies of(SealerRuns runs, Entropy entropy, InstantSource clock) {
      return new Supplies(
          runs,
          entropy,
          clock,
          MESSAGES_MAX,
          task -> Thread.ofVirtual().name("next-lease").start(task));
    }
  }

  LeasedSealer(Supplier<? extends SealerIdentity> identities, PinnedKeys keys, Supplies means) {
    this.identities = identities;
    this.keys = keys;
    this.entropy = means.entropy();
    this.salts = Entropy.buffered(means.entropy(), SALTS_BLOCK);
    this.clock = means.clock();
    this.messagesMax = means.messagesMax();
    this.aside = means.aside();
    this.runs = means.runs();
    this.listening = keys.service().listen(this::changed);
  }

  @Override
  public synchronized Sealed seal(int partition, Origin origin, Bytes payload) {
    SealingLease lease = leases.get(origin.scope());
    long now = clock.millis();
    if (lease != null && lease.covers(now)) {
      if (lease.nearsItsEnd(now)) {
        prepareNext(origin.scope());
      }
      return seal(lease, partition, origin, payload);
    }
    return switch (take(origin.scope())) {
      case Taken.Refused refused -> new Sealed.Unavailable(refused.why());
      case Taken.Lease taken -> seal(taken.lease(), partition, origin, payload);
      case Taken.Day _ -> throw new IllegalStateException("a day is no lease");
    };
  }

  private Sealed seal(SealingLease lease, int partition, Origin origin, Bytes payload) {
    SealingLease.Slot slot = lease.slot(partition);
    var material =
        new RecordCodec.Material(slot.keys(), slot.take(), salts.bytes(2 * RecordCodec.SALT_SIZE));
    Bytes record = slot.codec().seal(material, origins.write(origin), payload);
    lease.countMessage();
    lease.run().sealed();
    return new Sealed.Ready(
        slot.mustAnnounce() ? List.of(lease.announcement(), record) : List.of(record), lease.run());
  }

  /** The outcome of taking a lease. */
  private sealed interface Taken {
    record Lease(SealingLease lease, EpochPublicKey epoch) implements Taken {}

    /** Only the day's key, ahead of the day. */
    record Day(EpochPublicKey epoch) implements Taken {}

    record Refused(String why) implements Taken {}
  }

  private Taken take(Scope scope) {
    drop(scope);
    Instant now = Instant.ofEpochMilli(clock.millis());
    // The clock went back, or stands: within a run a scope's leases are made one after another.
    if (now.toEpochMilli() <= newest.getOrDefault(scope, Long.MIN_VALUE)) {
      endRun();
    }
    Optional<SealerRun> current = currentRun();
    if (current.isEmpty()) {
      return new Taken.Refused("sealer-run-not-stated");
    }
    Taken.Lease ready = next.remove(scope);
    if (ready != null) {
      if (ready.lease().covers(now.toEpochMilli())
          && ready.lease().created() > newest.getOrDefault(scope, Long.MIN_VALUE)) {
        return hold(scope, ready);
      }
      ready.lease().close();
    }
    Taken taken = make(new Wanted(scope, now, current.get()), epochs.get(scope));
    return taken instanceof Taken.Lease lease ? hold(scope, lease) : taken;
  }

  private Taken.Lease hold(Scope scope, Taken.Lease taken) {
    leases.put(scope, taken.lease());
    epochs.put(scope, taken.epoch());
    newest.put(scope, taken.lease().created());
    return taken;
  }

  private Optional<SealerRun> currentRun() {
    if (run == null) {
      run = runs.begin().orElse(null);
    }
    return Optional.ofNullable(run);
  }

  private void endRun() {
    if (run != null) {
      run.end();
      leaving.removeIf(SealerRun::isOver);
      leaving.add(run);
      run = null;
    }
    dropAll();
  }

  private void dropAll() {
    leases.values().forEach(SealingLease::close);
    leases.clear();
    next.values().forEach(ready -> ready.lease().close());
    next.clear();
    preparing.clear();
    newest.clear();
  }

  /** A lease to be made. */
  private record Wanted(Scope scope, Instant from, SealerRun run) {}

  /** A lease from {@code now} on; asks the key service unless {@code known} is of that day. */
  private Taken make(Wanted wanted, @Nullable EpochPublicKey known) {
    if (!identities.get().isGoodAt(wanted.from())) {
      return new Taken.Refused("sealer-certificate-not-good-now");
    }
    LocalDate day = LocalDate.ofInstant(wanted.from(), ZoneOffset.UTC);
    if (known != null && known.epoch().day().equals(day)) {
      return new Taken.Lease(announce(known, wanted), known);
    }
    try {
      return switch (keys.epochKey(wanted.scope(), day, identities.get().id())) {
        case PinnedKeys.Answer.Refused(String why) -> new Taken.Refused(why);
        case PinnedKeys.Answer.Vouched(EpochPublicKey epoch) ->
            new Taken.Lease(announce(epoch, wanted), epoch);
      };
    } catch (UnavailableException e) {
      return new Taken.Refused("key-service-unreachable");
    }
  }

  // At most one at a time for each scope, and none again when it could not be had: then the record
  // that finds no lease asks by itself, as the first one did.
  private void prepareNext(Scope scope) {
    SealerRun current = run;
    if (current != null && !next.containsKey(scope) && preparing.add(scope)) {
      EpochPublicKey known = epochs.get(scope);
      aside.execute(() -> prepare(scope, current, known));
    }
  }

  // Not under the monitor while it asks: the loop goes on sealing.
  private void prepare(Scope scope, SealerRun current, @Nullable EpochPublicKey known) {
    Instant now = Instant.ofEpochMilli(clock.millis());
    Instant soon = now.plusMillis(SealingLease.AHEAD_MILLIS);
    boolean sameDay =
        LocalDate.ofInstant(now, ZoneOffset.UTC).equals(LocalDate.ofInstant(soon, ZoneOffset.UTC));
    // A lease belongs to the day of its making: before midnight only the day's key is fetched.
    Taken made = sameDay ? make(new Wanted(scope, now, current), known) : fetchDay(scope, soon);
    synchronized (this) {
      // Whoever dropped the leases meanwhile has cleared the mark: what is known may be void.
      boolean wanted = preparing.contains(scope) && run == current;
      switch (made) {
        case Taken.Lease ready when wanted -> {
          next.put(scope, ready);
          epochs.put(scope, ready.epoch());
          preparing.remove(scope);
        }
        case Taken.Lease late -> late.lease().close();
        case Taken.Day(EpochPublicKey epoch) when wanted -> epochs.put(scope, epoch);
        case Taken.Day _, Taken.Refused _ -> {}
      }
    }
  }

  private Taken fetchDay(Scope scope, Instant soon) {
    try {
      LocalDate day = LocalDate.ofInstant(soon, ZoneOffset.UTC);
      return keys.epochKey(scope, day, identities.get().id())
              instanceof PinnedKeys.Answer.Vouched(EpochPublicKey epoch)
          ? new Taken.Day(epoch)
          : new Taken.Refused("no key for the next day");
    } catch (UnavailableException e) {
      return new Taken.Refused("key-service-unreachable");
    }
  }

  private SealingLease announce(EpochPublicKey epoch, Wanted wanted) {
    Instant now = wanted.from();
    var id = new LeaseId(entropy.bytes(LeaseId.SIZE));
    // One for the whole announcement: its credential may be renewed at any moment.
    SealerIdentity identity = identities.get();
    var sealer =
        new LeaseAnnouncement.Sealer(identity.id(), identity.credential(), wanted.run().instance());
    // Straight from the source, never from the buffer: a copied process must not share a secret.
    try (SecretBytes secret = entropy.secret(LeaseKeys.SECRET_SIZE)) {
      Hpke.Sealed sealed =
          Hpke.seal(
              epoch.publicKey(), LeaseAnnouncement.context(id, sealer, epoch.epoch(), now), secret);
      var announcement = new LeaseAnnouncement(id, sealer, epoch.epoch(), now, sealed);
      return new SealingLease(
          LeaseCodec.sign(announcement, identity::sign),
          new LeaseKeys(id, secret),
          new SealingLease.Terms(wanted.run(), now, messagesMax));
    }
  }

  private synchronized void changed(Scope scope, KeyState state) {
    drop(scope);
    forgetNext(scope);
    epochs.remove(scope);
  }

  private void drop(Scope scope) {
    SealingLease old = leases.remove(scope);
    if (old != null) {
      old.close();
      preparing.remove(scope);
    }
  }

  private void forgetNext(Scope scope) {
    preparing.remove(scope);
    Taken.Lease ready = next.remove(scope);
    if (ready != null) {
      ready.lease().close();
    }
  }

  @Override
  public synchronized void retire() {
    endRun();
    // Whatever was still under way is not acknowledged either.
    leaving.forEach(SealerRun::breakOff);
    leaving.clear();
  }

  @Override
  public synchronized void close() {
    listening.close();
    endRun();
    epochs.clear();
  }
}
