package io.telltale.proof;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What came of verifying a proof: every step that held, and the first that did not. */
public sealed interface ProofVerdict {
  /** The steps that held, in order. */
  List<Check> checks();

  /** The checks of a proof, in this order; the first that fails ends it. */
  enum Step {
    FORMAT("the file is a well-formed proof"),
    CHECKPOINT("the checkpoint is signed by a trusted ledger key, valid at its time"),
    EVENTS("every event is in the checkpoint's tree"),
    QUESTION("the query event is about this question and this result"),
    RECORD_SET("the export event names exactly these records"),
    BATCHES("every record is a leaf under the root of its batch's event"),
    CERTIFICATES("every certificate leads to a trusted root at the time of its records"),
    DEVICES("every certificate names the device of its records");

    private final String claim;

    Step(String claim) {
      this.claim = claim;
    }

    /** What the step makes sure of. */
    public String claim() {
      return claim;
    }
  }

  /** A step that held, and what it was about. */
  record Check(Step step, String about) {}

  /** All of it holds. */
  record Verified(List<Check> checks, Summary summary) implements ProofVerdict {
    public Verified {
      checks = List.copyOf(checks);
    }
  }

  /** It is worth nothing: {@code step} does not hold. */
  record Rejected(List<Check> checks, Step step, String why) implements ProofVerdict {
    public Rejected {
      checks = List.copyOf(checks);
    }
  }

  /**
   * What a verified proof says.
   *
   * @param sql empty when the proof is about events only
   * @param result hex of the result's hash, or empty
   * @param records how many records it covers
   * @param devices SPIFFE ids and how many of the records are theirs
   * @param firmware versions as claimed and how many records came under each
   * @param assurance levels and how many records have each
   * @param from when the first record was received; empty without records
   * @param until when the last one was
   * @param asker who asked the question, as its answer's event says, or empty
   * @param exporter who had the proof made, or empty
   * @param numberRecomputed whether the number itself was computed again from opened records: a
   *     proof of version 1 never opens them
   */
  record Summary(
      Checkpoint checkpoint,
      String sql,
      String result,
      long records,
      SortedMap<String, Long> devices,
      SortedMap<String, Long> firmware,
      SortedMap<String, Long> assurance,
      Optional<Instant> from,
      Optional<Instant> until,
      String asker,
      String exporter,
      List<String> events,
      boolean numberRecomputed) {
    public Summary {
      devices = Collections.unmodifiableSortedMap(new TreeMap<>(devices));
      firmware = Collections.unmodifiableSortedMap(new TreeMap<>(firmware));
      assurance = Collections.unmodifiableSortedMap(new TreeMap<>(assurance));
      events = List.copyOf(events);
    }
  }
}
