package io.telltale.server;

/** Decides how long to rest between two pieces of work that nobody waits for. */
@FunctionalInterface
interface Pace {
  /**
   * Returns when to go on; false when not to.
   *
   * @param bytes how many were read since the last time
   */
  boolean rest(long bytes);
}
