package io.telltale.pipeline;

/** A partition was halted; the others go on from what is stored. */
final class RestartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RestartException() {
    super("a partition was halted");
  }
}
