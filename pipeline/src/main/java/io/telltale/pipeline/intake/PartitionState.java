package io.telltale.pipeline.intake;

import io.telltale.kernel.Bytes;

/** Where a partition goes on. */
public record PartitionState(long next, long receivedMillis, Bytes openerState) {
  public static final PartitionState START = new PartitionState(0, 0, Bytes.EMPTY);
}
