package io.telltale.lake;

import io.telltale.crypto.Entropy;
import io.telltale.db.Database;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.EventSink;
import io.telltale.kernel.Halts;
import io.telltale.kernel.SpiffeId;
import io.telltale.leases.FileKeys;
import io.telltale.objects.ObjectStore;
import java.time.InstantSource;
import java.util.function.Function;

/**
 * What the lake stands on.
 *
 * @param database {@code lake/pipeline.db}, opened with {@link Lake#migrations()} among others
 * @param objects where ciphertext goes
 * @param keys the file keys of a caller, as the key service gives them
 * @param ledger where questions are recorded
 * @param history what the ledger knows of the tables' moves
 * @param self the pipeline's service id: it opens table metadata and files to be compacted
 * @param halts told what is left behind
 */
public record LakeParts(
    Database database,
    ObjectStore objects,
    Function<SpiffeId, FileKeys> keys,
    EventSink ledger,
    TableHistory history,
    SpiffeId self,
    InstantSource clock,
    Entropy entropy,
    Halts halts) {

  public Bytes random(int size) {
    byte[] bytes = new byte[size];
    entropy.fill(bytes);
    return Bytes.adopt(bytes);
  }
}
