package io.telltale.db;

import io.telltale.kernel.CorruptException;

/** The database was found damaged before, and is out of service until a restart. */
public final class CondemnedException extends CorruptException {
  private static final long serialVersionUID = 1L;

  CondemnedException(String why) {
    super(why);
  }
}
