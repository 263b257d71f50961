package io.telltale.engine;

import io.telltale.kernel.UnavailableException;

/**
 * The engine that writes failed on what it was given, most often for want of memory; with less of
 * it, it may not. It is opened anew before the next try: that this is possible shows that not the
 * machine is to blame.
 */
public final class EngineFailedException extends UnavailableException {
  private static final long serialVersionUID = 1L;

  public EngineFailedException(String attempted) {
    super(attempted);
  }

  EngineFailedException(String attempted, Throwable cause) {
    super(attempted, cause);
  }
}
