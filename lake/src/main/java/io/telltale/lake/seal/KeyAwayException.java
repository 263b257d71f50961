package io.telltale.lake.seal;

import io.telltale.kernel.UnavailableException;

/** A key that cannot be had now, or by us: nothing is said of what lies under it. */
public final class KeyAwayException extends UnavailableException {
  private static final long serialVersionUID = 1L;

  KeyAwayException(String attempted) {
    super(attempted);
  }
}
