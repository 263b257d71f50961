package io.telltale.lake;

import java.util.List;
import java.util.Optional;

/** From a number back to records, devices and certificates, and from a record to its numbers. */
public interface LakeTrace {
  /**
   * Answers one SELECT over {@code readings} or {@code minutes} and lists exactly the rows behind
   * the answer. Refuses what it cannot trace exactly: joins, sub-queries, HAVING, DISTINCT, LIMIT,
   * window functions and FILTER.
   */
  TraceOutcome fromQuery(Analyst who, String sql, String purpose);

  /** Empty when the lake holds no such record that {@code who} may see. */
  Optional<RecordStory> fromRow(Analyst who, int partition, long offset);

  /**
   * The sealed halves of the records in {@code ranges}, for building proofs; ascending. {@code who}
   * needs the {@code open} grant for the files beside the readings, else {@link
   * io.telltale.kernel.UnavailableException}.
   */
  List<ProvenRecord> records(Analyst who, List<OffsetRange> ranges, int recordsMax);
}
