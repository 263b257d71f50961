package io.telltale.e2e;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waiting for what happens in another process. */
final class Waiting {
  private static final long LOOK_MILLIS = 50;

  private Waiting() {}

  static void until(String what, long secondsMax, Callable<Boolean> holds)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(secondsMax);
    while (!call(what, holds)) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + secondsMax + " s: " + what);
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  private static boolean call(String what, Callable<Boolean> holds) {
    try {
      return holds.call();
    } catch (Exception e) {
      throw new AssertionError(what, e);
    }
  }
}
