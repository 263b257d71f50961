package io.telltale.lake;

/** What became of a question. */
public sealed interface QueryOutcome {
  /** It was answered, and the ledger has both its start and its finish. */
  record Answered(QueryResult result) implements QueryOutcome {}

  /**
   * It was not answered and no row left. {@code code} is a constant such as {@code not-a-select},
   * {@code unknown-table}, {@code forbidden-function}, {@code no-key}, {@code timeout}, {@code
   * memory}, {@code crashed}, {@code failed}; {@code message} tells the analyst what to change.
   */
  record Refused(String queryId, String code, String message) implements QueryOutcome {}
}
