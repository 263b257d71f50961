package io.telltale.pipeline;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import io.telltale.record.DoorStatement;
import java.util.List;
import java.util.Optional;

/**
 * What doors have stated, outside the log, in the order of their numbers; signatures are checked.
 * Throws {@link io.telltale.kernel.UnavailableException} while it cannot say.
 */
public interface DoorStatements {
  /** The first statements of all runs of doors, the newest first. */
  List<HashedStatement> openings(int max);

  Optional<HashedStatement> statement(Bytes run, long number);

  /**
   * A statement.
   *
   * @param hash SHA-256 of its bytes as signed, which the next one names
   */
  record HashedStatement(DoorStatement statement, Hash hash) {}

  /** Nobody states anything: nothing is known of what should be in the log. */
  static DoorStatements none() {
    return new DoorStatements() {
      @Override
      public List<HashedStatement> openings(int max) {
        return List.of();
      }

      @Override
      public Optional<HashedStatement> statement(Bytes run, long number) {
        return Optional.empty();
      }
    };
  }
}
