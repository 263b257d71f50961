package io.telltale.keys;

import io.telltale.kernel.DeviceId;
import io.telltale.record.LeaseAnnouncement;
import io.telltale.record.LeaseKeys;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An announced lease in one partition: the next counter, and the keys while we may have them. */
final class OpeningLease {
  private final LeaseAnnouncement announcement;
  private final String idHex;
  private long next;
  private @Nullable Keys keys;

  OpeningLease(LeaseAnnouncement announcement, long next) {
    this.announcement = announcement;
    this.idHex = announcement.id().hex();
    this.next = next;
  }

  /** The keys of a lease, with when we last made sure that we may use them. */
  static final class Keys {
    private static final int DEVICES_MAX = 4_096;

    private final LeaseKeys lease;
    private final LeaseKeys.ForRecords records;
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
      this.records = lease.forRecords(partition);
      this.checkedMillis = nowMillis;
      this.confirmedMillis = nowMillis;
    }

    LeaseKeys.ForRecords records() {
      return records;
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

  void advanceTo(long counter) {
    next = counter;
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
