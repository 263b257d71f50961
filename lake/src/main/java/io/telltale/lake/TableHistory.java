package io.telltale.lake;

import io.telltale.kernel.Event;
import io.telltale.kernel.EventHistory;
import io.telltale.kernel.Outbox;
import io.telltale.lake.table.RecordedMoves;
import java.util.Optional;

/** What has been told of each table's moves: the ledger's word, and what waits for the ledger. */
public interface TableHistory {
  /**
   * The newest {@code table.moved} event of {@code table}; empty when there never was one. Throws
   * {@link io.telltale.kernel.CorruptException} when what waits does not follow on what the ledger
   * has.
   */
  Optional<Event> lastMove(String table);

  /** As {@code history} knows it, once it has what waits in {@code outbox}. */
  static TableHistory of(EventHistory history, Outbox outbox) {
    return new RecordedMoves(history, outbox);
  }
}
