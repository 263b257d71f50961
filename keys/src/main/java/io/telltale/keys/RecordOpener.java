package io.telltale.keys;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.record.Origin;
import java.util.Optional;
import java.util.Set;

/**
 * Authenticates and opens the records of one partition, in order. Owned by one pipeline worker; not
 * thread-safe. Remembers the announced leases and the next counter of each, which its owner stores
 * together with its offset ({@link #state()}).
 */
public interface RecordOpener extends AutoCloseable {
  Opened open(Bytes entry);

  /** The scope that a record's lease was announced for; empty for anything else. Moves nothing. */
  Optional<Scope> scope(Bytes entry);

  /**
   * Remembers the leases of these scopes, and of no others, however old they get: records of theirs
   * are to be opened later, each lease's still in order.
   */
  void keep(Set<Scope> scopes);

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

    /**
     * The scope's key is disabled, or our grant withdrawn: try the same entry again when that has
     * changed, and this lease's later entries after it. Other scopes' entries need not wait.
     */
    record Closed(Scope scope, String why) implements Opened {}

    /** Nobody could be asked; try the same entry again later. */
    record Unavailable(String why) implements Opened {}
  }
}
