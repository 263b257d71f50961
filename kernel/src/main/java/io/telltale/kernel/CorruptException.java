package io.telltale.kernel;

/** Stored bytes are not what we wrote: stop using them and page someone; a retry will not help. */
public class CorruptException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CorruptException(String found) {
    super(found);
  }

  public CorruptException(String found, Throwable cause) {
    super(found, cause);
  }
}
