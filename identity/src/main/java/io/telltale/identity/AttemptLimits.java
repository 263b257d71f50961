package io.telltale.identity;

import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Bounds failed attempts of one source, or of whoever else makes them, in a window. An attempt is
 * charged before it is made and given back when it succeeds, so that many at once get no more tries
 * than one after the other. Thread-safe; memory is bounded, and under a flood of sources the oldest
 * are forgotten.
 */
final class AttemptLimits<W> {
  private static final int KNOWN_MAX = 50_000;

  private final int attemptsMax;
  private final Duration window;
  private final LinkedHashMap<W, Window> windows = new LinkedHashMap<>();

  private static final class Window {
    private final Instant start;
    private int attempts;

    private Window(Instant start) {
      this.start = start;
    }
  }

  AttemptLimits(int attemptsMax, Duration window) {
    this.attemptsMax = attemptsMax;
    this.window = window;
  }

  /** Whether one more may be made now; charges it if so. */
  synchronized boolean charge(W who, Instant now) {
    Window current = windows.get(who);
    // Before its start as well: a clock that was set back must not lock anybody out.
    if (current == null
        || now.isBefore(current.start)
        || !now.isBefore(current.start.plus(window))) {
      windows.remove(who);
      dropOldest();
      current = new Window(now);
      windows.put(who, current);
    }
    if (current.attempts >= attemptsMax) {
      return false;
    }
    current.attempts++;
    return true;
  }

  synchronized void giveBack(W who) {
    Window current = windows.get(who);
    if (current != null && current.attempts > 0) {
      current.attempts--;
    }
  }

  private void dropOldest() {
    if (windows.size() >= KNOWN_MAX) {
      Iterator<Map.Entry<W, Window>> oldest = windows.entrySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }
}
