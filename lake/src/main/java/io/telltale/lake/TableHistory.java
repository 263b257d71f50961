package io.telltale.lake;

import io.telltale.kernel.Event;
import java.util.Optional;

/** What has been told of each table's moves: the ledger's word, and what waits for the ledger. */
public interface TableHistory {
  /**
   * The newest {@code table.moved} event of {@code table}; empty when there never was one. Throws
   * {@link io.telltale.kernel.CorruptException} when what waits does not follow on what the ledger
   * has.
   */
  Optional<Event> lastMove(String table);
}
