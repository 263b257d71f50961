package io.telltale.lake;

/**
 * Governed SQL. Every question is an event before its first row leaves and another one when it is
 * over; a refused one is an event too.
 */
public interface LakeQuery {
  /**
   * Runs one SELECT over {@code readings}, {@code minutes} and {@code minute_revisions} in a
   * process of its own. Throws {@link io.telltale.kernel.UnavailableException} when the ledger
   * cannot record it or the tables cannot be read now: then no row leaves.
   */
  QueryOutcome run(Analyst who, Asking asking, QueryLimits limits);

  default QueryOutcome run(Analyst who, String sql, String purpose, QueryLimits limits) {
    return run(who, new Asking(sql, purpose, false), limits);
  }

  /**
   * What is asked and why.
   *
   * @param asParquet the answer's rows are wanted as a Parquet file too
   */
  record Asking(String sql, String purpose, boolean asParquet) {}
}
