package io.telltale.pipeline;

import io.telltale.kernel.Bytes;
import io.telltale.keys.RecordOpener;

/** Makes the opener of one partition. */
@FunctionalInterface
public interface OpenerFactory {
  /**
   * @param state what {@link RecordOpener#state()} gave at the offset where it goes on; empty bytes
   *     for the partition's first entry
   */
  RecordOpener open(int partition, Bytes state);
}
