package io.telltale.leases;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Scope;
import io.telltale.record.LeaseAnnouncement;
import io.telltale.record.LeaseId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The leases of one partition: one for each instance and scope, since a sealer makes them one after
 * another. Those used lately and those that changed since the last commit are in memory, the others
 * in the store only. Not thread-safe.
 */
final class OpeningLeases {
  // For each lease that comes, so that a crowd of changed ones is not gone through each time.
  private static final int STEPS = 16;

  private final int partition;
  private final StateSeal seal;
  private final LeaseMemory memory;
  private final Map<Bytes, OpeningLease> bySlot = new LinkedHashMap<>(64, 0.75f, true);
  private final Map<LeaseId, OpeningLease> byId = new HashMap<>();
  private final Map<Bytes, OpeningLease.Count> counts;
  private final Set<Bytes> forgotten = new HashSet<>();
  private @Nullable Set<Bytes> only;
  private long held;

  OpeningLeases(int partition, StateSeal seal, LeaseMemory memory, OpenerState known) {
    this.partition = partition;
    this.seal = seal;
    this.memory = memory;
    this.counts = new LinkedHashMap<>();
    known
        .records()
        .forEach((instance, records) -> counts.put(instance, new OpeningLease.Count(records)));
    for (OpenerState.Lease lease : known.leases()) {
      // Version 1 kept them here, and did not count what was set aside of each.
      long waiting = memory.setAside(lease.announcement().scope());
      take(new OpenerState.Lease(lease.announcement(), lease.next(), waiting));
    }
  }

  private void take(OpenerState.Lease fresh) {
    Bytes slot = OpeningLease.slotOf(fresh.announcement());
    OpeningLease before = bySlot.remove(slot);
    if (before != null && before.isAwaited()) {
      before.giveWay();
      bySlot.put(before.slot(), before);
    } else if (before != null) {
      forget(before);
    }
    OpeningLease.Count count =
        counts.computeIfAbsent(
            fresh.announcement().sealer().instance(), instance -> new OpeningLease.Count(0));
    add(new OpeningLease(fresh, slot, count)).change();
  }

  private OpeningLease add(OpeningLease lease) {
    bySlot.put(lease.slot(), lease);
    byId.put(lease.announcement().id(), lease);
    held += lease.bytes();
    return lease;
  }

  private void forget(OpeningLease lease) {
    held -= lease.bytes();
    lease.drop();
    byId.remove(lease.announcement().id());
  }

  /** Takes the place of the lease before it, of the same instance and scope. */
  void announce(LeaseAnnouncement announcement) {
    take(new OpenerState.Lease(announcement, 0, 0));
    evict(STEPS);
  }

  Optional<OpeningLease> bySlot(Bytes slot) {
    OpeningLease known = bySlot.get(slot);
    return known != null ? Optional.of(known) : memory.bySlot(slot).flatMap(this::loaded);
  }

  Optional<OpeningLease> byId(LeaseId id) {
    OpeningLease known = byId.get(id);
    if (known != null) {
      // Touches it: what is used stays.
      return Optional.ofNullable(bySlot.get(known.slot()));
    }
    return memory.byLease(id).flatMap(this::loaded);
  }

  private Optional<OpeningLease> loaded(LeaseMemory.Row row) {
    // What is in memory is newer than what is stored.
    boolean over = row.waiting() == 0 && isOver(OpeningLease.instanceOf(row.slot()));
    if (over || bySlot.containsKey(row.slot()) || forgotten.contains(row.slot())) {
      return Optional.empty();
    }
    OpenerState.Lease lease =
        seal.open(OpenerState.context(partition, row.slot()), row.sealed())
            .flatMap(OpenerState::decodeLease)
            .orElseThrow(
                () ->
                    new CorruptException(
                        "a stored lease of partition %d does not open".formatted(partition)));
    // Of an instance that is over nothing is counted any more.
    OpeningLease.Count count =
        counts.getOrDefault(lease.announcement().sealer().instance(), new OpeningLease.Count(0));
    OpeningLease loaded = add(new OpeningLease(lease, row.slot(), count));
    evict(STEPS);
    return Optional.of(loaded);
  }

  /** A record that was set aside was opened: the lease goes with the last one, if it is over. */
  void resumed(OpeningLease lease) {
    lease.resumed();
    Bytes instance = lease.announcement().sealer().instance();
    if (!lease.isAwaited() && (lease.gaveWay() || counts.get(instance) != lease.count())) {
      bySlot.remove(lease.slot());
      forget(lease);
      forgotten.add(lease.slot());
    }
  }

  private boolean isOver(Bytes instance) {
    return only != null && !only.contains(instance);
  }

  /** To be called around what may fetch or derive keys. */
  void grown(OpeningLease lease, long bytesBefore) {
    held += lease.bytes() - bytesBefore;
    if (held > memory.bytesMax()) {
      evict(STEPS);
    }
  }

  // The longest unused first. The newest stays whatever it takes, and what has changed stays until
  // it is stored, without its keys: those can be had again.
  private void evict(int steps) {
    Iterator<OpeningLease> eldest = bySlot.values().iterator();
    int candidates = Math.min(steps, bySlot.size() - 1);
    while (held > memory.bytesMax() && candidates > 0) {
      OpeningLease lease = eldest.next();
      candidates--;
      if (lease.hasChanged()) {
        dropKeys(lease);
      } else {
        eldest.remove();
        forget(lease);
      }
    }
  }

  int inMemory() {
    return bySlot.size();
  }

  void dropKeys(Scope scope) {
    for (OpeningLease lease : bySlot.values()) {
      if (lease.announcement().scope().equals(scope)) {
        dropKeys(lease);
      }
    }
  }

  private void dropKeys(OpeningLease lease) {
    held -= lease.bytes();
    lease.drop();
    held += lease.bytes();
  }

  /** Records that were read under an instance. */
  long records(Bytes instance) {
    OpeningLease.Count count = counts.get(instance);
    return count == null ? 0 : count.records();
  }

  /** Forgets all leases of other instances: nothing of them is to come. */
  boolean keepOnly(Set<Bytes> instances) {
    if (instances.containsAll(counts.keySet())) {
      return false;
    }
    only = Set.copyOf(instances);
    bySlot
        .values()
        .removeIf(
            lease -> {
              boolean over = !lease.isAwaited() && isOver(lease.announcement().sealer().instance());
              if (over) {
                forget(lease);
              }
              return over;
            });
    counts.keySet().removeIf(this::isOver);
    return true;
  }

  RecordOpener.Kept kept() {
    var rows = new ArrayList<LeaseMemory.Row>();
    for (OpeningLease lease : bySlot.values()) {
      if (lease.hasChanged()) {
        Bytes plain = OpenerState.encodeLease(lease.toStore());
        rows.add(
            new LeaseMemory.Row(
                lease.slot(),
                lease.announcement().id().value(),
                seal.seal(OpenerState.context(partition, lease.slot()), plain),
                lease.waiting()));
      }
    }
    Map<Bytes, Long> records = new LinkedHashMap<>();
    counts.forEach((instance, count) -> records.put(instance, count.records()));
    return new RecordOpener.Kept(
        seal.seal(OpenerState.context(partition), OpenerState.encode(records)),
        rows,
        List.copyOf(forgotten),
        Optional.ofNullable(only).map(List::copyOf));
  }

  void committed() {
    bySlot.values().forEach(OpeningLease::stored);
    only = null;
    forgotten.clear();
    evict(Integer.MAX_VALUE);
  }

  void close() {
    bySlot.values().forEach(OpeningLease::drop);
    bySlot.clear();
    byId.clear();
  }
}
