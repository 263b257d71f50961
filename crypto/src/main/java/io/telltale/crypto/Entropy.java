package io.telltale.crypto;

import io.telltale.kernel.Bytes;

/** Where every random byte comes from, so that a test can give its own. */
@FunctionalInterface
public interface Entropy {
  /** Overwrites all of {@code target} with random bytes. */
  void fill(byte[] target);

  default byte[] array(int size) {
    byte[] array = new byte[size];
    fill(array);
    return array;
  }

  default Bytes bytes(int size) {
    return Bytes.adopt(array(size));
  }

  default SecretBytes secret(int size) {
    return SecretBytes.adopt(array(size));
  }

  /**
   * BoringSSL's generator, seeded by the kernel. Thread-safe. The JDK's own costs 20 times as much
   * and every sealed record needs 64 bytes.
   */
  static Entropy system() {
    return SystemEntropy.INSTANCE;
  }

  /**
   * Draws from {@code source} in blocks: for salts on hot paths. Not thread-safe. Not for keys,
   * since a copy of the process's memory would repeat what is in the buffer.
   */
  static Entropy buffered(Entropy source, int blockBytes) {
    return new BufferedEntropy(source, blockBytes);
  }
}
