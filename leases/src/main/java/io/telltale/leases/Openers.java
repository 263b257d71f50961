package io.telltale.leases;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.SpiffeId;
import java.time.InstantSource;

/** Makes openers. */
public final class Openers {
  private Openers() {}

  /**
   * What an opener needs.
   *
   * @param partition of the log, whose entries it opens from the first to the last
   * @param caller the service on whose grant it opens
   * @param seal seals its state
   */
  public record Setup(
      int partition,
      SpiffeId caller,
      KeyService keys,
      SealerDirectory sealers,
      StateSeal seal,
      InstantSource clock) {}

  /** For a partition from its very first entry. */
  public static RecordOpener open(Setup setup) {
    return open(setup, Bytes.EMPTY, LeaseMemory.none());
  }

  /**
   * Goes on where {@link RecordOpener#kept()} was stored; empty bytes mean the first entry. Throws
   * {@link io.telltale.kernel.CorruptException} for bytes that are no state of this partition.
   */
  public static RecordOpener open(Setup setup, Bytes state, LeaseMemory memory) {
    return LeasedOpener.open(setup, state, memory);
  }
}
