package io.telltale.pipeline;

import io.telltale.kernel.Hash;
import java.util.List;
import java.util.Optional;

/** What the ledger says of batches, to hold the arrays against. */
public interface LeafRoots {
  /** Of the batch with that number; empty while it is on its way to the ledger. */
  Optional<Hash> of(long batch);

  /**
   * Batches of version 1, each of one partition: up to some hundred of {@code partition}, newest
   * first, of events below {@code before}.
   */
  List<OldBatch> old(int partition, long before);

  /**
   * A batch of version 1.
   *
   * @param event the number of its event
   * @param array what its leaf array is called, and how many leaves it has under which root; empty
   *     when the event cannot be opened
   */
  record OldBatch(long event, Optional<OldArray> array) {}

  /** A leaf array of version 1, an object of its own. */
  record OldArray(String object, long leaves, Hash root) {}
}
