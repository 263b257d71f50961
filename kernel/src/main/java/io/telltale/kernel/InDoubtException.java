package io.telltale.kernel;

/** It may have been done, or not: its answer was lost, and nobody could be asked since. */
public final class InDoubtException extends UnavailableException {
  private static final long serialVersionUID = 1L;

  public InDoubtException(String attempted, Throwable cause) {
    super(attempted, cause);
  }
}
