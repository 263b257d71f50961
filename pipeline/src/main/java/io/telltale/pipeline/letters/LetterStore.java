package io.telltale.pipeline.letters;

import io.telltale.kernel.Bytes;

/** Seals on behalf of the pipeline, under no scope. */
public interface LetterStore {
  /** Names anything without telling what it is. */
  Bytes idOf(String text);

  Bytes sealDeadLetter(int partition, long offset, Bytes entry);
}
