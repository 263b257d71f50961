package io.telltale.kernel;

/** It may have been done, or not: its answer was lost, and nobody could be asked since. */
public final class InDoubtException extends UnavailableException {
  private static final long serialVersionUID = 1L;

  /** As the API calls it, and whoever asks it. */
  public static final String CODE = "in-doubt";

  public InDoubtException(String attempted, Throwable cause) {
    super(attempted, cause);
  }
}
