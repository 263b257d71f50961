package io.telltale.pipeline;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.leases.LeaseMemory;
import io.telltale.log.RecordLog;
import io.telltale.pipeline.intake.PartitionIntake;
import io.telltale.record.LeaseId;
import java.util.Optional;
import java.util.function.Predicate;

/** The leases of one partition in the pipeline's database. */
final class StoredLeases implements LeaseMemory {
  private final StateStore store;
  private final int partition;
  private final int bytesMax;
  private final Predicate<Bytes> expected;

  /** Of all partitions in {@code store}. */
  static PartitionIntake.Leases of(StateStore store, PipelineSettings settings) {
    return (partition, expected) -> new StoredLeases(store, settings, partition, expected);
  }

  /**
   * @param expected whether more is to come of a door's instance
   */
  StoredLeases(
      StateStore store, PipelineSettings settings, int partition, Predicate<Bytes> expected) {
    this.store = store;
    this.partition = partition;
    this.bytesMax = settings.leaseBytesMax() / RecordLog.PARTITIONS;
    this.expected = expected;
  }

  @Override
  public Optional<Row> bySlot(Bytes slot) {
    return store.lease(partition, "slot", slot);
  }

  @Override
  public Optional<Row> byLease(LeaseId lease) {
    return store.lease(partition, "lease", lease.value());
  }

  @Override
  public boolean expects(Bytes instance) {
    return expected.test(instance);
  }

  @Override
  public long setAside(Scope scope) {
    return store.setAside(partition, scope);
  }

  @Override
  public int bytesMax() {
    return bytesMax;
  }
}
