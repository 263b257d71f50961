package io.telltale.lake;

import io.telltale.kernel.Event;
import io.telltale.kernel.Scope;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Writes sealed data files and moves the table pointers inside the pipeline's transaction. One
 * thread at a time.
 */
public interface LakeWriter {
  /**
   * Writes and seals data files for the rows; nothing is visible yet, and a crash leaves files that
   * no table names (swept later). Throws {@link io.telltale.kernel.UnavailableException} when a key
   * or the object store is not to be had: try again later.
   */
  Prepared prepare(List<RawRow> rows, List<MinuteRow> minutes);

  /**
   * What the tables have of {@code scope} around {@code minute}, nothing unless it keeps any.
   * Throws {@link io.telltale.kernel.UnavailableException} when it cannot be read now.
   */
  default MinuteSpan minutes(Scope scope, Instant minute) {
    return new MinuteSpan(minute, minute.plusSeconds(60), List.of());
  }

  /**
   * One bounded step of the housekeeping that is due: what nobody needs is deleted, and small files
   * are written together. To be called often, between commits; what it gives is to be committed
   * like anything else. Empty when nothing is to be committed.
   */
  default Optional<Prepared> maintain() {
    return Optional.empty();
  }

  /** Files waiting to become part of their tables. */
  interface Prepared {
    /**
     * Moves the table pointers within {@code transaction} (pipeline.db) and returns the events that
     * the caller must put into its outbox in the same transaction.
     */
    List<Event> commit(Connection transaction) throws SQLException;

    /** Deletes the files after a transaction that failed. */
    void abandon();
  }
}
