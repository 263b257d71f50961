package io.telltale.identity;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands until it is moved. */
final class MovingClock implements InstantSource {
  private Instant now = Instant.parse("2026-11-23T12:00:00Z");

  @Override
  public synchronized Instant instant() {
    return now;
  }

  synchronized void move(Duration by) {
    now = now.plus(by);
  }
}
