package io.telltale.server.checks;

/** Decides how long to rest between two pieces of work that nobody waits for. */
interface Pace {
  /**
   * Returns when to go on; false when not to.
   *
   * @param bytes how many were read since the last time
   */
  boolean rest(long bytes);

  /** False when not to go on; returns at once, what is due is rested the next time. */
  boolean goesOn();

  /** Between two looks at what nobody is served from any more if both find it damaged. */
  boolean restBeforeSecondLook();
}
