package io.telltale.testkit;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waiting for what happens elsewhere: in another thread, process or machine. */
public final class Waiting {
  private static final long LOOK_MILLIS = 10;

  private Waiting() {}

  public static void until(String what, long secondsMax, Callable<Boolean> holds)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(secondsMax);
    while (!call(what, holds)) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + secondsMax + " s: " + what);
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  /**
   * Lets time go by where time is the input: a peer's pace, the moment at which something is
   * killed, a while in which nothing may happen; or between two looks whose last is told.
   */
  public static void pass(Duration time) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(time.toNanos());
  }

  private static boolean call(String what, Callable<Boolean> holds) {
    try {
      return holds.call();
    } catch (Exception e) {
      throw new AssertionError(what, e);
    }
  }
}
