package io.telltale.proof;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.util.List;
import java.util.Optional;

/**
 * A proof as it stands in its file ({@code docs/format/proof.md}), nothing of it checked yet.
 *
 * @param checkpoint the signed note
 * @param question empty when the proof is about events only
 * @param events ascending
 * @param certificates chains, leaf first and without the root, in the order of the leaves' hashes
 * @param records ascending by partition and offset
 */
public record ProofFile(
    Bytes checkpoint,
    Optional<Question> question,
    List<DisclosedEvent> events,
    List<List<Bytes>> certificates,
    List<ProofRecord> records) {
  static final int VERSION = 1;
  static final int EVENTS_MAX = 10_000;
  static final int CHAINS_MAX = 100_000;
  static final int CHAIN_LENGTH_MAX = 4;
  public static final int RECORDS_MAX = 100_000;
  static final int PATH_MAX = 63;

  public ProofFile {
    events = List.copyOf(events);
    certificates = certificates.stream().map(List::copyOf).toList();
    records = List.copyOf(records);
  }

  /**
   * What was asked.
   *
   * @param finished index of the {@code query.finished} event
   * @param exported index of the {@code proof.exported} event
   */
  public record Question(
      String sql, List<String> tables, Hash result, String query, long finished, long exported) {
    public Question {
      tables = List.copyOf(tables);
    }
  }

  /**
   * A contributing record. Its payload stays hidden: only the commitment to it is shown.
   *
   * @param batch index of the {@code batch.stored} event
   * @param path from its leaf, which is number offset - first, to the batch's root
   */
  public record ProofRecord(
      int partition,
      long offset,
      Bytes origin,
      Bytes originSalt,
      Hash payloadCommitment,
      long batch,
      List<Hash> path) {
    public ProofRecord {
      path = List.copyOf(path);
    }
  }
}
