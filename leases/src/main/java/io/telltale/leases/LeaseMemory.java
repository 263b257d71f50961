package io.telltale.leases;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.record.LeaseId;
import java.util.Optional;

/**
 * What is stored of one partition's leases, so that an opener holds in memory what it uses and no
 * more. Used by the opener's owner only.
 */
public interface LeaseMemory {
  /** The lease of one instance and scope: there is one at most. */
  Optional<Row> bySlot(Bytes slot);

  Optional<Row> byLease(LeaseId lease);

  /**
   * Whether leases of this instance of a sealer may be announced at the place where the partition
   * is now. Throws {@link io.telltale.kernel.UnavailableException} while it cannot know.
   */
  boolean expects(Bytes instance);

  /** How many records of a scope are set aside; asked where that was not counted by lease. */
  long setAside(Scope scope);

  /** Bytes of leases, and of keys that follow from them, that an opener may hold. */
  int bytesMax();

  /**
   * A lease as it is stored.
   *
   * @param slot the instance's 8 bytes and the first 16 of the SHA-256 of the scope's path; and the
   *     lease's id, where the next lease has taken its place and records of it are set aside
   * @param sealed announcement and next counter
   * @param waiting records of it that are set aside
   */
  record Row(Bytes slot, Bytes lease, Bytes sealed, long waiting) {}

  /** Nothing is stored, and every instance expected. */
  static LeaseMemory none() {
    return new LeaseMemory() {
      @Override
      public Optional<Row> bySlot(Bytes slot) {
        return Optional.empty();
      }

      @Override
      public Optional<Row> byLease(LeaseId lease) {
        return Optional.empty();
      }

      @Override
      public boolean expects(Bytes instance) {
        return true;
      }

      @Override
      public long setAside(Scope scope) {
        return 0;
      }

      @Override
      public int bytesMax() {
        return Integer.MAX_VALUE;
      }
    };
  }
}
