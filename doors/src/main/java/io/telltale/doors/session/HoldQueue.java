package io.telltale.doors.session;

import io.telltale.admission.Outcome;
import io.telltale.kernel.TenantId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.function.LongSupplier;

/**
 * Messages that cannot be stored now of a session whose protocol (MQTT 3.1.1) has no way to say so,
 * and acknowledging would be a lie: they wait here, in order, the socket is not read meanwhile, and
 * they are offered again until they are stored or patience ends.
 */
final class HoldQueue {
  private static final Duration UNAVAILABLE_WAIT = Duration.ofMillis(500);

  private final DeviceLink link;
  private final HoldRoom room;
  private final TenantId tenant;
  private final LongSupplier nanoTime;
  private final long holdMaxNanos;
  private final ArrayDeque<Publication> waiting = new ArrayDeque<>(2);
  private long heldSince;

  HoldQueue(DeviceLink link, ProtocolDoor shared) {
    this.link = link;
    this.room = shared.room();
    this.tenant = link.context().identity().id().tenant();
    this.nanoTime = shared.nanoTime();
    this.holdMaxNanos = shared.limits().holdMax().toNanos();
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Behind those that wait already. */
  void append(Publication publication) {
    keep(publication);
  }

  // Its device keeps what is not acknowledged, and comes again with it.
  private boolean keep(Publication publication) {
    boolean kept = room.take(tenant, publication.submission().bytes());
    if (kept) {
      waiting.add(publication);
    } else {
      link.close(Wire.Ours.HOLD_FULL);
    }
    return kept;
  }

  void hold(Publication publication, Outcome outcome) {
    long now = nanoTime.getAsLong();
    if (waiting.isEmpty() && !retrying) {
      heldSince = now;
    }
    boolean first = waiting.isEmpty();
    if (!keep(publication)) {
      return;
    }
    if (now - heldSince > holdMaxNanos) {
      link.close(Wire.Ours.HOLD_TIMEOUT);
    } else if (first && !retrying) {
      link.throttle(wait(outcome));
    }
  }

  private boolean retrying;

  /** Offers everything again; true when nothing had to be held again. */
  boolean retry() {
    int count = waiting.size();
    if (count == 0) {
      return true;
    }
    retrying = true;
    for (int i = 0; i < count && !link.isOver(); i++) {
      Publication next = waiting.poll();
      if (next != null) {
        giveBack(next);
        link.offer(next);
      }
    }
    retrying = false;
    if (waiting.isEmpty() || link.isOver()) {
      return true;
    }
    link.throttle(UNAVAILABLE_WAIT);
    return false;
  }

  void clear() {
    waiting.forEach(this::giveBack);
    waiting.clear();
  }

  private void giveBack(Publication publication) {
    room.giveBack(tenant, publication.submission().bytes());
  }

  private static Duration wait(Outcome outcome) {
    return outcome instanceof Outcome.Throttled(Duration retryAfter)
        ? retryAfter
        : UNAVAILABLE_WAIT;
  }
}
