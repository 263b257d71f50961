package io.telltale.leases;

import io.telltale.kernel.Bytes;
import io.telltale.record.Origin;
import java.util.List;

/**
 * Seals payloads and records under leases of its own. One per door event loop; not thread-safe. It
 * can open nothing but what it sealed itself in its current leases.
 */
public interface RecordSealer extends AutoCloseable {
  /**
   * Seals origin and payload under the record key of {@code partition}, taking a new lease for the
   * origin's scope when there is none, it is an hour old, the epoch (UTC day) changed or its
   * counter is used up.
   */
  Sealed seal(int partition, Origin origin, Bytes payload);

  /**
   * Drops every lease and its run. To be called when an append failed: the counters already used
   * may or may not be in the log, and a gap would look like a removed record. Nothing sealed before
   * may be acknowledged any more.
   */
  void retire();

  @Override
  void close();

  /** The outcome of sealing. */
  sealed interface Sealed {
    /**
     * What to append to the partition, in this order: the lease's announcement when this is its
     * first record in the partition, then the sealed record (always last).
     *
     * @param run to be told once the record is durable
     */
    record Ready(List<Bytes> entries, SealerRun run) implements Sealed {}

    /** The scope's key is disabled, destroyed or out of reach: acknowledge nothing. */
    record Unavailable(String why) implements Sealed {}
  }
}
