package io.telltale.ledger;

import io.telltale.crypto.SecretBytes;

/** Random secrets by name, kept wrapped by whoever implements it. */
public interface SecretStore {
  /**
   * The secret of that name, made of {@code sizeBytes} random bytes at the first call and durable
   * before it returns; the same ones ever after. The caller owns what it gets and wipes it.
   */
  SecretBytes loadOrCreate(String name, int sizeBytes);

  /** Whether {@link #loadOrCreate} would make none; so always where it derives them. */
  default boolean has(String name) {
    return true;
  }
}
