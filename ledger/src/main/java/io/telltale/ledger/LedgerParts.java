package io.telltale.ledger;

import io.telltale.crypto.Entropy;
import io.telltale.db.StoreDriver;
import io.telltale.proof.NoteSigner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * What a ledger is made of.
 *
 * @param folder where its tiles are; created when missing
 * @param index where events are found
 * @param signer signs its checkpoints; its name is the log's origin
 * @param secrets keeps the key under which names are hashed in the index
 * @param sealer seals the bodies of events
 * @param entropy for salts; must be good for keys
 * @param publishEvery the longest that a durable event waits for a checkpoint
 * @param nanoTime of a clock that only goes forward, for waits
 */
public record LedgerParts(
    Path folder,
    StoreDriver index,
    NoteSigner signer,
    SecretStore secrets,
    BodySealer sealer,
    Entropy entropy,
    Duration publishEvery,
    LongSupplier nanoTime) {
  /** Checkpoints at most every second. */
  public LedgerParts(
      Path folder,
      StoreDriver index,
      NoteSigner signer,
      SecretStore secrets,
      BodySealer sealer,
      Entropy entropy,
      LongSupplier nanoTime) {
    this(folder, index, signer, secrets, sealer, entropy, Duration.ofSeconds(1), nanoTime);
  }
}
