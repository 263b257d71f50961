package io.telltale.server.data;

import java.util.logging.LogManager;

/**
 * Keeps the log's file open when the JVM goes down: the JDK's own manager closes every handler in a
 * shutdown hook of its own, beside the one in which a server ends, and the lines of an end are
 * lost. To be named by {@link #PROPERTY} before anything logs.
 */
public final class LogKeeper extends LogManager {
  /** The JDK's name for the class of its manager. */
  public static final String PROPERTY = "java.util.logging.manager";

  private static volatile boolean keeps;

  /** For the JDK. */
  public LogKeeper() {}

  /** Whether whoever has opened the log closes it, too. */
  static void keep(boolean opened) {
    keeps = opened;
  }

  @Override
  public void reset() {
    if (!keeps) {
      super.reset();
    }
  }
}
