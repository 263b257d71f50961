package io.telltale.identity;

import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Bounds failed attempts per key (a source, a device) in a window. An attempt is charged before it
 * is made and given back when it succeeds, so that many at once get no more tries than one after
 * the other. Thread-safe; memory is bounded, and under a flood of keys the oldest are forgotten.
 */
final class AttemptLimits {
  private static final int KEYS_MAX = 50_000;

  private final int attemptsMax;
  private final Duration window;
  private final LinkedHashMap<String, Window> windows = new LinkedHashMap<>();

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
  synchronized boolean charge(String key, Instant now) {
    Window current = windows.get(key);
    if (current == null || !now.isBefore(current.start.plus(window))) {
      windows.remove(key);
      dropOldest();
      current = new Window(now);
      windows.put(key, current);
    }
    if (current.attempts >= attemptsMax) {
      return false;
    }
    current.attempts++;
    return true;
  }

  synchronized void giveBack(String key) {
    Window current = windows.get(key);
    if (current != null && current.attempts > 0) {
      current.attempts--;
    }
  }

  private void dropOldest() {
    if (windows.size() >= KEYS_MAX) {
      Iterator<Map.Entry<String, Window>> oldest = windows.entrySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }
}
