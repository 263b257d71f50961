package io.telltale.pipeline;

/** Another worker has taken the pipeline over. */
public final class FencedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  FencedException() {
    super("another pipeline has taken over");
  }
}
