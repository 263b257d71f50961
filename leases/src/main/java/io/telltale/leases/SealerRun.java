package io.telltale.leases;

import io.telltale.kernel.Bytes;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * One instance of a sealer: what it seals between two failures, and how much of that became
 * durable. Written by the sealer and, on the same event loop, by who appends; read by who states
 * it.
 */
public final class SealerRun {
  private final Bytes instance;
  private final AtomicLongArray records;
  private final AtomicLongArray offsets;
  private final AtomicLong sealed = new AtomicLong();
  private final AtomicLong durable = new AtomicLong();
  private volatile boolean ended;
  private volatile boolean broken;

  public SealerRun(Bytes instance, int partitions) {
    this.instance = instance;
    this.records = new AtomicLongArray(partitions);
    this.offsets = new AtomicLongArray(partitions);
  }

  public Bytes instance() {
    return instance;
  }

  void sealed() {
    sealed.lazySet(sealed.getPlain() + 1);
  }

  /** The log has a record for good, and it is about to be acknowledged. */
  public void durable(int partition, long offset) {
    // The offset first: who reads the count first finds an offset that covers it.
    offsets.setRelease(partition, offset);
    records.setRelease(partition, records.getPlain(partition) + 1);
    durable.setRelease(durable.getPlain() + 1);
  }

  /** Nothing more is sealed under it; what is under way may still become durable. */
  void end() {
    ended = true;
  }

  /** Nothing more of it is acknowledged, whatever the log says. */
  void breakOff() {
    broken = true;
    ended = true;
  }

  /** Whether its counts are final. */
  public boolean isOver() {
    return broken || (ended && durable.getAcquire() == sealed.getAcquire());
  }

  /** Durable records of a partition; to be asked before {@link #offset}. */
  public long records(int partition) {
    return records.getAcquire(partition);
  }

  /** That of the newest durable record, if there is one. */
  public long offset(int partition) {
    return offsets.getAcquire(partition);
  }
}
