package io.telltale.db;

import io.telltale.kernel.UnavailableException;

/** The disk does not give what is in the file, or does not take it. */
public final class DiskFailedException extends UnavailableException {
  private static final long serialVersionUID = 1L;

  public DiskFailedException(String attempted, Throwable cause) {
    super(attempted, cause);
  }
}
