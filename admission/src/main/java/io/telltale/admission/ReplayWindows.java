package io.telltale.admission;

import io.telltale.kernel.KeyedHash;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The replay windows of all devices, shared by the event loops. Must be filled by {@link #load}
 * from the pipeline's windows and the log's unprocessed tail before a door opens, or a restart
 * would reopen them.
 */
public final class ReplayWindows {
  private final KeyedHash payloadHash;
  private final ConcurrentHashMap<Integer, ReplayWindow> windows = new ConcurrentHashMap<>();

  /** {@code payloadHash} must be the one that the loaded hashes were made with. */
  public ReplayWindows(KeyedHash payloadHash) {
    this.payloadHash = payloadHash;
  }

  /**
   * Tells that {@code sequence} of a device is used.
   *
   * @param hash of the payload under the same key
   * @param offset in the device's partition
   */
  public void load(int deviceNumber, long sequence, long hash, long offset) {
    of(deviceNumber).load(sequence, hash, offset);
  }

  /** The hash that windows keep of a payload. */
  public KeyedHash payloadHash() {
    return payloadHash;
  }

  ReplayWindow of(int deviceNumber) {
    return windows.computeIfAbsent(deviceNumber, ignored -> new ReplayWindow());
  }
}
