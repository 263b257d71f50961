package io.telltale.record;

import io.telltale.kernel.Bytes;

/** The random name of a sealing lease, 16 bytes. */
public record LeaseId(Bytes value) {
  public static final int SIZE = 16;

  public LeaseId {
    if (value.size() != SIZE) {
      throw new IllegalArgumentException("a lease id has 16 bytes, not " + value.size());
    }
  }

  public String hex() {
    return value.hex();
  }

  @Override
  public String toString() {
    return hex();
  }
}
