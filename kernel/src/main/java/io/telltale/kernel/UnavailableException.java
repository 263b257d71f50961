package io.telltale.kernel;

/**
 * The environment cannot do it now (disk full, database locked, backend unreachable); the same call
 * may succeed later; {@link InDoubtException} where this one may have been done. The message says
 * what was attempted and names no secret.
 */
public class UnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UnavailableException(String attempted) {
    super(attempted);
  }

  public UnavailableException(String attempted, Throwable cause) {
    super(attempted, cause);
  }
}
