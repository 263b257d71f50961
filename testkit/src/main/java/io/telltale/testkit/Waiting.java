package io.telltale.testkit;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Waiting for what happens elsewhere: in another thread, process or machine. */
public final class Waiting {
  private static final long LOOK_NANOS = 10_000_000;

  private Waiting() {}

  public static void until(String what, long secondsMax, Callable<Boolean> holds)
      throws InterruptedException {
    until(what, secondsMax, holds, it -> it);
  }

  /**
   * Looks again and again until what it sees is {@code wanted}, and returns that. Rests for as long
   * as a look takes, so that what is waited for has its half of the time.
   */
  public static <T> T until(String what, long secondsMax, Callable<T> look, Predicate<T> wanted)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(secondsMax);
    while (true) {
      long begun = System.nanoTime();
      T seen = call(what, look);
      long now = System.nanoTime();
      if (wanted.test(seen)) {
        return seen;
      }
      if (now > end) {
        throw new AssertionError("not within %d s: %s, but %s".formatted(secondsMax, what, seen));
      }
      TimeUnit.NANOSECONDS.sleep(Math.max(now - begun, LOOK_NANOS));
    }
  }

  /**
   * Lets time go by where time is the input: a peer's pace, the moment at which something is
   * killed, a while in which nothing may happen; or between two looks whose last is told.
   */
  public static void pass(Duration time) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(time.toNanos());
  }

  private static <T> T call(String what, Callable<T> look) {
    try {
      return look.call();
    } catch (Exception e) {
      throw new AssertionError(what, e);
    }
  }
}
