package io.telltale.server;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C or a termination signal, asked for between steps so that nothing is broken off half-way;
 * the process stays until {@link #end}, {@value #CLOSE_SECONDS_MAX} s at most.
 */
public final class Interruption {
  /** For the log. */
  public static final String WHY = "a signal asked for it, as Ctrl-C or a supervisor sends";

  private static final long CLOSE_SECONDS_MAX = 30;

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);

  private Interruption() {}

  /** From now on signals are waited for here. */
  public static Interruption watch() {
    var interruption = new Interruption();
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(interruption::stop));
    return interruption;
  }

  private void stop() {
    asked.countDown();
    try {
      ended.await(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Throws when somebody asked to end. */
  public void check() throws InterruptedException {
    if (asked.getCount() == 0) {
      throw new InterruptedException("asked to end");
    }
  }

  /** Waits; throws as soon as somebody asks to end. */
  public void pause(long time, TimeUnit unit) throws InterruptedException {
    if (asked.await(time, unit)) {
      throw new InterruptedException("asked to end");
    }
  }

  /** Returns when somebody asks to end. */
  public void await() throws InterruptedException {
    asked.await();
  }

  /** Everything is closed: the process may go. */
  public void end() {
    ended.countDown();
  }
}
