package io.telltale.pipeline.letters;

import io.telltale.kernel.Bytes;

/** Seals and names with the pipeline's own secrets, under no scope. */
public interface OwnSeal {
  /** Names anything without telling what it is. */
  Bytes idOf(String text);

  Bytes sealDeadLetter(int partition, long offset, Bytes entry);
}
