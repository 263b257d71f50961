package io.telltale.doors.http;

import io.telltale.doors.HttpLimits;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** How many requests of one listener, and how many bytes of theirs, are handled at a time. */
public final class HandlerSlots {
  private final int handlersMax;
  private final Semaphore handlers;
  private final Semaphore bytes;

  public HandlerSlots(HttpLimits limits) {
    handlersMax = limits.handlersMax();
    handlers = new Semaphore(handlersMax);
    bytes = new Semaphore(limits.handledBytesMax());
  }

  boolean tryEnter(int bodyBytes) {
    if (!handlers.tryAcquire()) {
      return false;
    }
    if (!bytes.tryAcquire(bodyBytes)) {
      handlers.release();
      return false;
    }
    return true;
  }

  void leave(int bodyBytes) {
    bytes.release(bodyBytes);
    handlers.release();
  }

  /** Waits until nothing is handled any more; nothing is from then on. */
  public void drain(Duration wait) {
    try {
      var _ = handlers.tryAcquire(handlersMax, wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
