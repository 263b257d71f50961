package io.telltale.leases;

import io.telltale.kernel.Bytes;
import io.telltale.record.LeaseKeys;
import io.telltale.record.RecordCodec;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A lease that this sealer holds now: its keys, and how far its counters are. */
final class SealingLease implements AutoCloseable {
  static final long LIFE_MILLIS = 3_600_000;
  static final long DAY_MILLIS = 86_400_000;
  static final long AHEAD_MILLIS = 60_000;

  private final Bytes announcement;
  private final LeaseKeys keys;
  private final SealerRun run;
  private final long created;
  private final long day;
  private final long messagesMax;
  // By partition: few and small numbers, looked up for every record.
  private @Nullable Slot[] slots = new Slot[16];
  private long messages;

  /** A partition in which this lease is announced, and the next record's counter there. */
  static final class Slot {
    private final LeaseKeys.ForRecords keys;
    // Of its own, so that the record key's schedule stays in its cipher from record to record.
    private final RecordCodec codec = new RecordCodec();
    private long next;
    private boolean announced;

    Slot(LeaseKeys.ForRecords keys) {
      this.keys = keys;
    }

    LeaseKeys.ForRecords keys() {
      return keys;
    }

    RecordCodec codec() {
      return codec;
    }

    long take() {
      return next++;
    }

    /** True once. */
    boolean mustAnnounce() {
      boolean first = !announced;
      announced = true;
      return first;
    }
  }

  /** Under which run it is, when it was made, and how many messages it is good for. */
  record Terms(SealerRun run, Instant created, long messagesMax) {}

  SealingLease(Bytes announcement, LeaseKeys keys, Terms terms) {
    this.announcement = announcement;
    this.keys = keys;
    this.run = terms.run();
    this.created = terms.created().toEpochMilli();
    this.day = Math.floorDiv(this.created, DAY_MILLIS);
    this.messagesMax = terms.messagesMax();
  }

  SealerRun run() {
    return run;
  }

  long created() {
    return created;
  }

  Bytes announcement() {
    return announcement;
  }

  /** False when it is an hour old, another UTC day, used up, or the clock went back. */
  boolean covers(long nowMillis) {
    return nowMillis >= created
        && nowMillis - created < LIFE_MILLIS
        && Math.floorDiv(nowMillis, DAY_MILLIS) == day
        && messages < messagesMax;
  }

  /** Whether it is time to have the next one ready: shortly before this one's hour or day ends. */
  boolean nearsItsEnd(long nowMillis) {
    return nowMillis - created >= LIFE_MILLIS - AHEAD_MILLIS
        || Math.floorDiv(nowMillis + AHEAD_MILLIS, DAY_MILLIS) != day
        || messages >= messagesMax - messagesMax / 8;
  }

  Slot slot(int partition) {
    if (partition >= slots.length) {
      slots = Arrays.copyOf(slots, partition + 1);
    }
    Slot slot = slots[partition];
    if (slot == null) {
      slot = new Slot(keys.forRecords(partition));
      slots[partition] = slot;
    }
    return slot;
  }

  void countMessage() {
    messages++;
  }

  @Override
  public void close() {
    keys.close();
    Arrays.fill(slots, null);
  }
}
