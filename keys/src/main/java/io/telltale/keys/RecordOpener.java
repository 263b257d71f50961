package io.telltale.keys;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import io.telltale.record.Origin;

/**
 * Authenticates and opens the records of one partition, in order. Owned by one pipeline worker; not
 * thread-safe. Remembers the announced leases and the next counter of each, which its owner stores
 * together with its offset ({@link #state()}).
 */
public interface RecordOpener extends AutoCloseable {
  Opened open(Bytes entry);

  /** Announcements and next counters as sealed bytes, to be stored with the offset. */
  Bytes state();

  /** Wipes the lease secrets and stops listening for changes of keys. */
  @Override
  void close();

  /** The outcome of opening one log entry. */
  sealed interface Opened {
    /** A lease was announced and its signature holds; its sealer must be allowed to seal. */
    record Announced(String leaseId, SpiffeId sealer, Fingerprint credential) implements Opened {}

    /** An authentic record. The origin's bytes and the salts are what its leaf commits to. */
    record Authentic(
        String leaseId,
        SpiffeId sealer,
        Fingerprint sealerCredential,
        long counter,
        Origin origin,
        Bytes originBytes,
        Bytes payload,
        Bytes originSalt,
        Bytes payloadSalt)
        implements Opened {}

    /**
     * Not a record that an allowed sealer put here: injected, altered, reordered, replayed, or
     * records before it were removed. {@code why} is a constant.
     */
    record Rejected(String why) implements Opened {}

    /** The key service cannot give the lease's secret now; try the same entry again later. */
    record Unavailable(String why) implements Opened {}
  }
}
