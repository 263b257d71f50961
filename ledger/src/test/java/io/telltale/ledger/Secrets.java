package io.telltale.ledger;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Secrets in memory. */
final class Secrets implements SecretStore {
  private final Map<String, Bytes> kept = new ConcurrentHashMap<>();

  /** Secrets that anyone can guess, for a process that shares them with another. */
  static SecretStore known() {
    return (name, size) -> {
      byte[] secret = new byte[size];
      Arrays.fill(secret, (byte) name.length());
      return SecretBytes.adopt(secret);
    };
  }

  @Override
  public SecretBytes loadOrCreate(String name, int sizeBytes) {
    return SecretBytes.adopt(
        kept.computeIfAbsent(name, missing -> Entropy.system().bytes(sizeBytes)).toArray());
  }

  @Override
  public boolean has(String name) {
    return kept.containsKey(name);
  }

  void forget(String name) {
    kept.remove(name);
  }
}
