package io.telltale.pipeline;

import io.telltale.kernel.Bytes;

/** Where a partition goes on. */
record PartitionState(long next, long receivedMillis, Bytes openerState) {
  static final PartitionState START = new PartitionState(0, 0, Bytes.EMPTY);
}
