package io.telltale.lake.table;

import java.util.HashSet;
import java.util.Set;

/**
 * Who reads the tables now, and since when: nothing is deleted that was let go of after a reader
 * had looked. Thread-safe.
 */
public final class Readers {
  private final Set<Lease> leases = new HashSet<>();

  /** Held from before a reader looks at a table until it has opened the last file. */
  public final class Lease implements AutoCloseable {
    private long seen;

    private Lease() {}

    /** The reader looked after {@code number} was let go of: it does not need that any more. */
    void saw(long number) {
      synchronized (Readers.this) {
        seen = number;
      }
    }

    @Override
    public void close() {
      synchronized (Readers.this) {
        leases.remove(this);
      }
    }
  }

  /** Until the reader has looked, nothing is deleted at all. */
  public synchronized Lease enter() {
    var lease = new Lease();
    leases.add(lease);
    return lease;
  }

  /** What was let go of later may be in use; at most {@code last}. */
  public synchronized long unusedTo(long last) {
    long to = last;
    for (Lease lease : leases) {
      to = Math.min(to, lease.seen);
    }
    return to;
  }
}
