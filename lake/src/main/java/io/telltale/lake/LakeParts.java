package io.telltale.lake;

import io.telltale.crypto.Entropy;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.SpiffeId;
import io.telltale.ledger.EventSink;
import io.telltale.sqlite.Database;
import java.time.InstantSource;

/**
 * What the lake stands on.
 *
 * @param database {@code lake/pipeline.db}, opened with {@link Lake#migrations()} among others
 * @param objects where ciphertext goes
 * @param keys where file keys come from
 * @param ledger where questions are recorded
 * @param self the pipeline's service id: it opens table metadata and files to be compacted
 */
public record LakeParts(
    Database database,
    Objects objects,
    FileKeyService keys,
    EventSink ledger,
    SpiffeId self,
    InstantSource clock,
    Entropy entropy) {

  Bytes random(int size) {
    byte[] bytes = new byte[size];
    entropy.fill(bytes);
    return Bytes.adopt(bytes);
  }
}
