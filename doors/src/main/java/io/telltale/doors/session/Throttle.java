package io.telltale.doors.session;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The waiting of a session that has sent more than it may: nothing is read meanwhile, not even what
 * has come already, until its debt is paid and what was held could be stored. On the event loop
 * only.
 */
final class Throttle {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  private final DeviceLink link;
  private final HoldQueue held;
  private final EventLoop loop;
  private final ProtocolDoor shared;
  private boolean waking;
  private Runnable end = () -> {};

  Throttle(DeviceLink link, HoldQueue held, EventLoop loop, ProtocolDoor shared) {
    this.link = link;
    this.held = held;
    this.loop = loop;
    this.shared = shared;
  }

  void onEnd(Runnable act) {
    end = act;
  }

  void begin(long nanos) {
    link.pause(DeviceLink.THROTTLED);
    if (!waking) {
      waking = true;
      loop.schedule(this::wake, Math.min(nanos, LOOK_EVERY.toNanos()), TimeUnit.NANOSECONDS);
    }
  }

  void owes(int bytes) {
    long debt = link.charge(bytes);
    if (debt > 0) {
      shared.parts().counters().count(shared.family() + ".throttled", "packets");
      begin(debt);
    }
  }

  private void wake() {
    waking = false;
    if (link.isOver()) {
      return;
    }
    long debt = link.charge(0);
    if (debt > 0) {
      begin(debt);
    } else if (held.retry()) {
      link.resume(DeviceLink.THROTTLED);
      end.run();
    }
  }
}
