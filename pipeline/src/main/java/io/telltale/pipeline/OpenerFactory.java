package io.telltale.pipeline;

import io.telltale.kernel.Bytes;
import io.telltale.leases.LeaseMemory;
import io.telltale.leases.RecordOpener;

/** Makes the opener of one partition. */
@FunctionalInterface
public interface OpenerFactory {
  /**
   * @param state what {@link RecordOpener#kept()} gave at the offset where it goes on; empty bytes
   *     for the partition's first entry
   * @param memory of the partition's leases
   */
  RecordOpener open(int partition, Bytes state, LeaseMemory memory);
}
