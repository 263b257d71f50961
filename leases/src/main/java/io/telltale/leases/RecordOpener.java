package io.telltale.leases;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.record.Origin;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Authenticates and opens the records of one partition, in order. Owned by one pipeline worker; not
 * thread-safe. Remembers the announced leases and the next counter of each, which its owner stores
 * together with its offset ({@link #kept()}).
 */
public interface RecordOpener extends AutoCloseable {
  Opened open(Bytes entry);

  /** The scope that a record's lease was announced for; empty for anything else. Moves nothing. */
  Optional<Scope> scope(Bytes entry);

  /**
   * Remembers that a record, which could not be opened, is to be opened later: its lease is kept
   * until then, and it counts as read. All that is set aside of a lease comes again, in order,
   * before anything else of it.
   */
  void setAside(Bytes entry);

  /** What changed since {@link #committed()}, sealed, to be stored together with the offset. */
  Kept kept();

  /** What {@link #kept()} gave last is stored. */
  void committed();

  /** How many records were read so far under an instance of a sealer. */
  long records(Bytes instance);

  /**
   * Nothing of any other instance is to come: its leases are forgotten. Returns whether there was
   * something to forget.
   */
  boolean keepOnly(Set<Bytes> instances);

  /**
   * What is to be stored.
   *
   * @param state to be handed in again
   * @param leases new and changed ones, each in the place of what is in its slot
   * @param forgotten slots of leases that are to be deleted
   * @param only leases of other instances are to be deleted, if this is present, but for those of
   *     which records are set aside
   */
  record Kept(
      Bytes state,
      List<LeaseMemory.Row> leases,
      List<Bytes> forgotten,
      Optional<List<Bytes>> only) {
    public Kept {
      leases = List.copyOf(leases);
      forgotten = List.copyOf(forgotten);
      only = only.map(List::copyOf);
    }
  }

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
