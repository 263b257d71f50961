package io.telltale.leases;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Hash;
import io.telltale.record.LeaseAnnouncement;
import io.telltale.record.LeaseId;
import io.telltale.record.LeaseKeys;
import io.telltale.record.RecordCodec;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An announced lease in one partition: the next counter, and the keys while we may have them. */
final class OpeningLease {
  private final LeaseAnnouncement announcement;
  private final String idHex;
  // Announcement, names and places in maps, as a heap dump shows them; of keys, of each device's.
  private static final int OWN_BYTES = 3_072;
  private static final int KEYS_BYTES = 2_048;
  private static final int DEVICE_BYTES = 768;
  private static final int SCOPE_BYTES = 16;
  private static final int SLOT_BYTES = LeaseAnnouncement.Sealer.INSTANCE_SIZE + SCOPE_BYTES;

  private Bytes slot;
  private final Count count;
  private long next;
  private long waiting;
  private boolean changed;
  private @Nullable Keys keys;

  /** How many records were read under an instance; its leases share it. */
  static final class Count {
    private long records;

    Count(long records) {
      this.records = records;
    }

    long records() {
      return records;
    }
  }

  OpeningLease(OpenerState.Lease stored, Bytes slot, Count count) {
    this.announcement = stored.announcement();
    this.idHex = announcement.id().hex();
    this.slot = slot;
    this.next = stored.next();
    this.waiting = stored.waiting();
    this.count = count;
  }

  OpenerState.Lease toStore() {
    return new OpenerState.Lease(announcement, next, waiting);
  }

  /** The place of a lease, which the next one of its instance and scope takes over. */
  static Bytes slotOf(LeaseAnnouncement lease) {
    Bytes scope = Hash.sha256(Bytes.utf8(lease.scope().path())).value();
    var slot = new byte[SLOT_BYTES];
    lease.sealer().instance().asBuffer().get(slot, 0, LeaseAnnouncement.Sealer.INSTANCE_SIZE);
    scope.asBuffer().get(slot, LeaseAnnouncement.Sealer.INSTANCE_SIZE, SCOPE_BYTES);
    return Bytes.adopt(slot);
  }

  static Bytes instanceOf(Bytes slot) {
    return slot.slice(0, LeaseAnnouncement.Sealer.INSTANCE_SIZE);
  }

  Bytes slot() {
    return slot;
  }

  Count count() {
    return count;
  }

  /** Whether records of it are to be opened that were here before. */
  boolean isAwaited() {
    return waiting > 0;
  }

  long waiting() {
    return waiting;
  }

  /** The next lease takes its slot, and it is known by its own id. */
  void giveWay() {
    var own = new byte[slot.size() + LeaseId.SIZE];
    slot.asBuffer().get(own, 0, slot.size());
    announcement.id().value().asBuffer().get(own, slot.size(), LeaseId.SIZE);
    slot = Bytes.adopt(own);
    changed = true;
  }

  boolean gaveWay() {
    return slot.size() > SLOT_BYTES;
  }

  // It counts by its place until it is read.
  void setAside() {
    waiting++;
    count.records++;
    changed = true;
  }

  /** What was set aside was opened: it counts if it was read now, and then once. */
  void resumed() {
    waiting--;
    count.records--;
    changed = true;
  }

  /** About what it takes in memory. */
  long bytes() {
    Keys held = keys;
    return OWN_BYTES + (held == null ? 0 : KEYS_BYTES + (long) DEVICE_BYTES * held.devices.size());
  }

  void change() {
    changed = true;
  }

  /** Whether it differs from what is stored. */
  boolean hasChanged() {
    return changed;
  }

  void stored() {
    changed = false;
  }

  /** The keys of a lease, with when we last made sure that we may use them. */
  static final class Keys {
    private static final int DEVICES_MAX = 4_096;

    private final LeaseKeys lease;
    private final int partition;
    private final LeaseKeys.ForRecords records;
    private LeaseKeys.@Nullable ForRecords recordsOf1;
    private final Map<DeviceId, LeaseKeys.ForPayloads> devices =
        new LinkedHashMap<>(64, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<DeviceId, LeaseKeys.ForPayloads> eldest) {
            return size() > DEVICES_MAX;
          }
        };
    private long checkedMillis;
    private long confirmedMillis;

    Keys(LeaseKeys lease, int partition, long nowMillis) {
      this.lease = lease;
      this.partition = partition;
      this.records = lease.forRecords(partition);
      this.checkedMillis = nowMillis;
      this.confirmedMillis = nowMillis;
    }

    LeaseKeys.ForRecords records(RecordCodec.SealedRecord sealed) {
      if (!sealed.isTwofold()) {
        return records;
      }
      LeaseKeys.ForRecords found = recordsOf1;
      if (found == null) {
        found = lease.forRecordsOf1(partition);
        recordsOf1 = found;
      }
      return found;
    }

    LeaseKeys.ForPayloads payloads(DeviceId device) {
      LeaseKeys.ForPayloads found = devices.get(device);
      if (found == null) {
        found = lease.forPayloads(device);
        devices.put(device, found);
      }
      return found;
    }

    /** A clock that went back counts as due. */
    boolean dueAt(long nowMillis, long everyMillis) {
      return nowMillis < checkedMillis || nowMillis - checkedMillis >= everyMillis;
    }

    void confirmed(long nowMillis) {
      checkedMillis = nowMillis;
      confirmedMillis = nowMillis;
    }

    /** Nobody answered; true while the grace since the last answer is not used up. */
    boolean tolerated(long nowMillis, long graceMillis) {
      checkedMillis = nowMillis;
      return nowMillis >= confirmedMillis && nowMillis - confirmedMillis < graceMillis;
    }
  }

  LeaseAnnouncement announcement() {
    return announcement;
  }

  String idHex() {
    return idHex;
  }

  long next() {
    return next;
  }

  /** A record with this counter was read; the one after it is expected next. */
  void read(long counter) {
    next = counter + 1;
    count.records++;
    changed = true;
  }

  @Nullable Keys keys() {
    return keys;
  }

  Keys hold(Keys fresh) {
    keys = fresh;
    return fresh;
  }

  void drop() {
    if (keys != null) {
      keys.lease.close();
      keys = null;
    }
  }
}
