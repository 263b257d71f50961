package io.telltale.admission;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Hash;
import io.telltale.log.RecordLog;

/**
 * Where in the log a device's records go: always the same partition, so that they stay in order.
 */
public final class Partitions {
  private Partitions() {}

  /** floorMod(first 4 bytes, big-endian, of SHA-256("tenant/device"), 16). */
  public static int of(DeviceId device) {
    int first = Hash.sha256(Bytes.utf8(device.toString())).value().asBuffer().getInt();
    return Math.floorMod(first, RecordLog.PARTITIONS);
  }
}
