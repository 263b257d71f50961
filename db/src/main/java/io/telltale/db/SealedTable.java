package io.telltale.db;

import io.telltale.kernel.Bytes;
import java.util.List;

/**
 * A covered table.
 *
 * @param number stands for its name in the rows of the seals
 * @param keys the columns of its primary key; none when rows go by a number of their own
 */
public record SealedTable(int number, String name, List<String> columns, List<String> keys) {
  static final int BUCKETS = 256;
  private static final int FNV_START = 0x811c9dc5;
  private static final int FNV_PRIME = 0x01000193;

  public SealedTable {
    columns = List.copyOf(columns);
    keys = List.copyOf(keys);
  }

  /** The bucket in which a row's element is counted: 32-bit FNV-1a of its key. */
  static int bucket(Bytes key) {
    int hash = FNV_START;
    for (byte each : key.borrow()) {
      hash = (hash ^ (each & 0xff)) * FNV_PRIME;
    }
    return Math.floorMod(hash, BUCKETS);
  }
}
