package io.telltale.leases;

import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.UnavailableException;
import io.telltale.record.EntryKind;
import io.telltale.record.LeaseAnnouncement;
import io.telltale.record.LeaseCodec;
import io.telltale.record.LeaseKeys;
import io.telltale.record.Origin;
import io.telltale.record.OriginReader;
import io.telltale.record.RecordCodec;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.Set;

/**
 * Opens one partition. Its only other thread is the key listener's, which takes the same monitor.
 * The order of steps is: read, find the lease, get its keys, authenticate, compare the counter. No
 * counter moves for bytes that are not authentic.
 */
final class LeasedOpener implements RecordOpener {
  static final long RECHECK_MILLIS = 60_000;

  private final Openers.Setup setup;
  private final RecordCodec codec = new RecordCodec();
  private final OriginReader origins = new OriginReader();
  private final LeaseMemory memory;
  private final OpeningLeases leases;
  private final KeyService.Listening listening;

  private LeasedOpener(Openers.Setup setup, LeaseMemory memory, OpenerState known) {
    this.setup = setup;
    this.memory = memory;
    this.leases = new OpeningLeases(setup.partition(), setup.seal(), memory, known);
    this.listening = setup.keys().listen(this::changed);
  }

  static LeasedOpener open(Openers.Setup setup, Bytes state, LeaseMemory memory) {
    if (state.size() == 0) {
      return new LeasedOpener(setup, memory, OpenerState.NONE);
    }
    return setup
        .seal()
        .open(OpenerState.context(setup.partition()), state)
        .flatMap(OpenerState::decode)
        .map(known -> new LeasedOpener(setup, memory, known))
        .orElseThrow(
            () ->
                new CorruptException(
                    "the stored opener state of partition %d does not open"
                        .formatted(setup.partition())));
  }

  @Override
  public synchronized Opened open(Bytes entry) {
    return switch (EntryKind.of(entry)) {
      case ANNOUNCEMENT -> announced(entry);
      case RECORD -> record(entry);
      case UNKNOWN -> new Opened.Rejected("not-an-entry");
    };
  }

  @Override
  public synchronized Optional<Scope> scope(Bytes entry) {
    if (EntryKind.of(entry) != EntryKind.RECORD) {
      return Optional.empty();
    }
    return RecordCodec.decode(entry)
        .flatMap(record -> leases.byId(record.lease()))
        .map(lease -> lease.announcement().scope());
  }

  @Override
  public synchronized void setAside(Bytes entry) {
    RecordCodec.decode(entry)
        .flatMap(record -> leases.byId(record.lease()))
        .ifPresent(OpeningLease::setAside);
  }

  private Opened announced(Bytes entry) {
    Optional<LeaseCodec.Signed> signed = LeaseCodec.decode(entry);
    if (signed.isEmpty()) {
      return new Opened.Rejected("announcement-malformed");
    }
    LeaseAnnouncement lease = signed.get().announcement();
    LeaseAnnouncement.Sealer sealer = lease.sealer();
    Optional<SealerDirectory.Sealer> known;
    try {
      known = setup.sealers().sealer(sealer.credential(), lease.created());
    } catch (UnavailableException e) {
      return new Opened.Unavailable("sealer-directory-unreachable");
    }
    if (known.isEmpty() || !known.get().id().equals(sealer.id())) {
      return new Opened.Rejected("announcement-sealer-not-allowed");
    }
    if (!signed.get().verify(known.get().key())) {
      return new Opened.Rejected("announcement-not-authentic");
    }
    if (!LocalDate.ofInstant(lease.created(), ZoneOffset.UTC).equals(lease.epoch().day())) {
      return new Opened.Rejected("announcement-epoch-wrong");
    }
    return leases
        .bySlot(OpeningLease.slotOf(lease))
        .flatMap(before -> repeated(before.announcement(), lease))
        .or(() -> unexpected(sealer.instance()))
        .orElseGet(
            () -> {
              leases.announce(lease);
              return new Opened.Announced(lease.id().hex(), sealer.id(), sealer.credential());
            });
  }

  // A second announcement would start the counter again, and let records be replayed. An instance
  // makes the leases of a scope one after another, so whatever is older than the one that is known
  // has been here: nothing else need be remembered, and for no time.
  private static Optional<Opened> repeated(LeaseAnnouncement known, LeaseAnnouncement lease) {
    if (known.id().equals(lease.id())) {
      return Optional.of(new Opened.Rejected("announcement-repeated"));
    }
    return lease.created().isAfter(known.created())
        ? Optional.empty()
        : Optional.of(new Opened.Rejected("announcement-out-of-order"));
  }

  private Optional<Opened> unexpected(Bytes instance) {
    try {
      return memory.expects(instance)
          ? Optional.empty()
          : Optional.of(new Opened.Rejected("announcement-not-stated"));
    } catch (UnavailableException e) {
      return Optional.of(new Opened.Unavailable("door-statements-unreachable"));
    }
  }

  private Opened record(Bytes entry) {
    Optional<RecordCodec.SealedRecord> sealed = RecordCodec.decode(entry);
    if (sealed.isEmpty()) {
      return new Opened.Rejected("record-malformed");
    }
    Optional<OpeningLease> found = leases.byId(sealed.get().lease());
    if (found.isEmpty()) {
      return new Opened.Rejected("record-lease-unknown");
    }
    OpeningLease lease = found.get();
    long bytesBefore = lease.bytes();
    boolean again = lease.isAwaited();
    Opened opened =
        switch (keys(lease)) {
          case FoundKeys.Refused(Opened.Rejected gone) -> unreadable(lease, sealed.get(), gone);
          case FoundKeys.Refused refused -> refused.outcome();
          case FoundKeys.Ready ready -> open(lease, ready.keys(), sealed.get());
        };
    leases.grown(lease, bytesBefore);
    if (again && !(opened instanceof Opened.Closed) && !(opened instanceof Opened.Unavailable)) {
      leases.resumed(lease);
    }
    return opened;
  }

  // Its key is destroyed, so nobody can say whether it is authentic: it counts as what its place
  // says, or destroying a key would look like a removal of what still waited in the log.
  private static Opened unreadable(
      OpeningLease lease, RecordCodec.SealedRecord sealed, Opened.Rejected gone) {
    if (sealed.counter() == lease.next()) {
      lease.read(sealed.counter());
    }
    return gone;
  }

  private Opened open(OpeningLease lease, OpeningLease.Keys keys, RecordCodec.SealedRecord sealed) {
    Optional<RecordCodec.Parts> parts = codec.openRecord(keys.records(sealed), sealed);
    if (parts.isEmpty()) {
      return new Opened.Rejected("record-not-authentic");
    }
    if (sealed.counter() < lease.next()) {
      return new Opened.Rejected("record-repeated");
    }
    boolean gap = sealed.counter() > lease.next();
    lease.read(sealed.counter());
    if (gap) {
      return new Opened.Rejected("record-after-gap");
    }
    return open(lease, keys, sealed, parts.get());
  }

  private Opened open(
      OpeningLease lease,
      OpeningLease.Keys keys,
      RecordCodec.SealedRecord sealed,
      RecordCodec.Parts parts) {
    Optional<Origin> origin = origins.read(parts.origin());
    if (origin.isEmpty() || !origin.get().scope().equals(lease.announcement().scope())) {
      return new Opened.Rejected("record-origin-wrong");
    }
    Optional<Bytes> payload =
        sealed.isTwofold()
            ? codec.openPayload(keys.payloads(origin.get().device()), origin.get(), parts.content())
            : Optional.of(parts.content());
    if (payload.isEmpty()) {
      return new Opened.Rejected("payload-not-authentic");
    }
    return new Opened.Authentic(
        lease.idHex(),
        lease.announcement().sealer().id(),
        lease.announcement().sealer().credential(),
        sealed.counter(),
        origin.get(),
        parts.origin(),
        payload.get(),
        parts.originSalt(),
        parts.payloadSalt());
  }

  /** The keys of a lease, or what to answer without them. */
  private sealed interface FoundKeys {
    record Ready(OpeningLease.Keys keys) implements FoundKeys {}

    record Refused(Opened outcome) implements FoundKeys {}
  }

  private FoundKeys keys(OpeningLease lease) {
    OpeningLease.Keys held = lease.keys();
    long now = setup.clock().millis();
    if (held == null) {
      return fetch(lease, now);
    }
    if (!held.dueAt(now, RECHECK_MILLIS)) {
      return new FoundKeys.Ready(held);
    }
    return recheck(lease, held, now);
  }

  private FoundKeys recheck(OpeningLease lease, OpeningLease.Keys held, long now) {
    Scope scope = lease.announcement().scope();
    try {
      KeyService.Standing standing = setup.keys().standing(scope, Operation.OPEN, setup.caller());
      if (standing == KeyService.Standing.ALLOWED) {
        held.confirmed(now);
        return new FoundKeys.Ready(held);
      }
    } catch (UnavailableException e) {
      if (held.tolerated(now, graceMillis(scope.sensitivity()))) {
        return new FoundKeys.Ready(held);
      }
    }
    lease.drop();
    return fetch(lease, now);
  }

  private FoundKeys fetch(OpeningLease lease, long now) {
    try {
      return switch (setup.keys().openLease(lease.announcement(), setup.caller())) {
        case KeyService.LeaseAccess.Granted granted -> {
          try (SecretBytes secret = granted.secret()) {
            var keys = new LeaseKeys(lease.announcement().id(), secret);
            yield new FoundKeys.Ready(
                lease.hold(new OpeningLease.Keys(keys, setup.partition(), now)));
          }
        }
        // A missing grant is a mistake of ours, not of the record: it must not cost the record.
        case KeyService.LeaseAccess.Denied denied -> closed(lease, denied.why());
        case KeyService.LeaseAccess.Unavailable unavailable -> closed(lease, unavailable.why());
        case KeyService.LeaseAccess.Gone gone ->
            new FoundKeys.Refused(new Opened.Rejected(gone.why()));
      };
    } catch (UnavailableException e) {
      return new FoundKeys.Refused(new Opened.Unavailable("key-service-unreachable"));
    }
  }

  private static FoundKeys closed(OpeningLease lease, String why) {
    return new FoundKeys.Refused(new Opened.Closed(lease.announcement().scope(), why));
  }

  /** How long cached keys are used when the key service cannot be asked. */
  static long graceMillis(Sensitivity sensitivity) {
    return switch (sensitivity) {
      case PUBLIC -> 3_600_000;
      case INTERNAL -> 900_000;
      case CONFIDENTIAL -> 300_000;
      case RESTRICTED -> 0;
    };
  }

  private synchronized void changed(Scope scope, KeyState state) {
    leases.dropKeys(scope);
  }

  @Override
  public synchronized Kept kept() {
    return leases.kept();
  }

  @Override
  public synchronized void committed() {
    leases.committed();
  }

  @Override
  public synchronized long records(Bytes instance) {
    return leases.records(instance);
  }

  @Override
  public synchronized boolean keepOnly(Set<Bytes> instances) {
    return leases.keepOnly(instances);
  }

  /** How many leases are in memory. */
  synchronized int inMemory() {
    return leases.inMemory();
  }

  @Override
  public synchronized void close() {
    listening.close();
    leases.close();
  }
}
