package io.telltale.crypto;

import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/** The one generator of the process. */
final class SystemEntropy implements Entropy {
  static final SystemEntropy INSTANCE = new SystemEntropy();

  private final SecureRandom random;

  private SystemEntropy() {
    try {
      random = SecureRandom.getInstance("SHA1PRNG", Boring.PROVIDER);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Conscrypt names BoringSSL's generator SHA1PRNG", e);
    }
  }

  @Override
  public void fill(byte[] target) {
    random.nextBytes(target);
  }
}
