package io.telltale.crypto;

import io.telltale.kernel.Bytes;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/** Argon2id version 1.3 (RFC 9106): makes guessing a passphrase cost time and memory. */
public final class Argon2 {
  private Argon2() {}

  /** What one guess costs. */
  public record Cost(int memoryKib, int passes, int lanes) {
    /** The second recommendation of RFC 9106 section 4: 64 MiB, three passes, four lanes. */
    public static final Cost DEFAULT = new Cost(64 * 1_024, 3, 4);
  }

  public static SecretBytes stretch(SecretBytes passphrase, Bytes salt, Cost cost, int size) {
    var parameters =
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withSalt(salt.toArray())
            .withMemoryAsKB(cost.memoryKib())
            .withIterations(cost.passes())
            .withParallelism(cost.lanes())
            .build();
    var generator = new Argon2BytesGenerator();
    generator.init(parameters);
    byte[] key = new byte[size];
    generator.generateBytes(passphrase.borrow(), key);
    return SecretBytes.adopt(key);
  }
}
