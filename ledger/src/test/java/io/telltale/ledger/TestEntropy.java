package io.telltale.ledger;

import io.telltale.crypto.Entropy;
import java.util.Random;

/** Random bytes that are the same in every run. */
final class TestEntropy {
  private TestEntropy() {}

  static Entropy seeded() {
    var random = new Random(42);
    return target -> {
      synchronized (random) {
        random.nextBytes(target);
      }
    };
  }
}
