package io.telltale.server.api;

import io.telltale.kernel.Bytes;
import io.telltale.lake.Analyst;

/** Makes proof files (docs/format/proof.md). */
@FunctionalInterface
public interface ProofExports {
  Outcome prove(Analyst who, String sql, String purpose);

  /** What came of it. */
  sealed interface Outcome {
    /** The proof file, JSON. */
    record Made(Bytes file) implements Outcome {}

    /** It cannot be proven exactly, or may not be; {@code message} says what would work. */
    record Refused(String code, String message) implements Outcome {}
  }
}
