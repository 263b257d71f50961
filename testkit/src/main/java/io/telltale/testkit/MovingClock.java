package io.telltale.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until a test moves it. Thread-safe. */
public final class MovingClock implements InstantSource {
  private Instant now;

  public MovingClock(Instant start) {
    now = start;
  }

  @Override
  public synchronized Instant instant() {
    return now;
  }

  /** Back, too. */
  public synchronized void move(Duration by) {
    now = now.plus(by);
  }

  public synchronized void set(Instant time) {
    now = time;
  }
}
