package io.telltale.lake;

/**
 * What the lake may take, whatever is asked of it.
 *
 * @param questions so many run at a time, each with all that one may have; traces, stories of
 *     records and proofs are questions, too
 * @param questionMegabytes of one question's engine
 * @param answerBytes of the rows of one answer, as they are measured; in memory they take some four
 *     times as much
 * @param traceBytes of the rows behind one answer, the same
 * @param idleBytes of opened files that nobody reads now
 * @param fileBytes of the files that one question reads: copies that its engine does not count
 * @param writerMegabytes of the engine that writes and merges
 */
public record LakeMemory(
    int questions,
    int questionMegabytes,
    long answerBytes,
    long traceBytes,
    long idleBytes,
    long fileBytes,
    int writerMegabytes) {
  /** More questions at a time there never are. */
  public static final int QUESTIONS_MAX = 4;

  /** What a worker takes beside its engine: a heap of 96, code, classes, stacks, loaded pages. */
  public static final int WORKER_MEGABYTES = 160;

  public static final LakeMemory STANDARD =
      new LakeMemory(QUESTIONS_MAX, 1_024, 16L << 20, 128L << 20, 256L << 20, 1L << 30, 1_024);

  public QueryLimits within(QueryLimits wanted) {
    return new QueryLimits(
        wanted.rowsMax(),
        Math.min(wanted.bytesMax(), answerBytes),
        wanted.time(),
        Math.min(wanted.memoryMegabytes(), questionMegabytes));
  }
}
