package io.telltale.doors.accept;

import io.netty.channel.Channel;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What one source has open before it has shown who it is. Used on the acceptor's loop only. */
public final class StrangerSource {
  private static final long NANOS = 1_000_000_000L;

  /** In the order of their acceptance. */
  final Set<Stranger> strangers = new LinkedHashSet<>();

  /** Accepted, and not started yet. */
  final ArrayDeque<Waiting> waiting = new ArrayDeque<>(0);

  private static final int ACCEPTS_FOR_EACH = 20;
  private static final int AT_ONCE_SECONDS = 5;

  private long secondStarted;
  private int acceptsInSecond;
  // Of handshakes that were started: each second gives some back.
  private double owed;
  private long owedSince;

  /** A connection nobody reads from yet. */
  record Waiting(Channel channel, long sinceNanos) {}

  public StrangerSource(long now) {
    secondStarted = now;
    owedSince = now;
  }

  /** Whether it may have one more handshake now; {@link #started} takes it. */
  public boolean mayStart(int perSecond, long now) {
    owed = Math.max(0, owed - (double) (now - owedSince) / NANOS * perSecond);
    owedSince = now;
    return owed + 1 <= (double) AT_ONCE_SECONDS * perSecond;
  }

  public void started() {
    owed++;
  }

  /** Whether one more connection is kept at all: to close it at once costs least. */
  boolean mayAccept(int perSecond, long now) {
    if (now - secondStarted >= NANOS) {
      secondStarted = now;
      acceptsInSecond = 0;
    }
    acceptsInSecond++;
    return acceptsInSecond <= (long) ACCEPTS_FOR_EACH * perSecond;
  }

  boolean idle() {
    return strangers.isEmpty() && waiting.isEmpty();
  }

  /** The oldest for whom we are not at work and who is {@code patienceNanos} old; null if none. */
  @Nullable Stranger slowest(long now, long patienceNanos) {
    for (Stranger one : strangers) {
      if (now - one.sinceNanos() < patienceNanos) {
        return null;
      }
      if (!one.isServed()) {
        return one;
      }
    }
    return null;
  }
}
