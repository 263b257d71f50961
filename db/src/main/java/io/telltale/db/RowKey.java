package io.telltale.db;

import io.telltale.kernel.Bytes;

/**
 * A row's key.
 *
 * @param shown as a person would look for it
 * @param encoded as the seals have it, the same in every kind of database
 * @param stored as {@code seal_row} has it
 */
public record RowKey(Object shown, Bytes encoded, Object stored) {
  /** A key that is stored as it is: of several columns, the bytes of their array. */
  public static RowKey of(Object key) {
    return of(key, key);
  }

  public static RowKey of(Object shown, Object stored) {
    return new RowKey(shown, SealedValues.one(shown), stored);
  }
}
