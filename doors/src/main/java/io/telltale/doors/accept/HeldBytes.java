package io.telltale.doors.accept;

import io.netty.channel.Channel;
import io.telltale.kernel.Counters;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What all connections of one listener keep of unfinished records, packets and bodies. Beyond the
 * share that it has, those that keep most lose their connections, largest first, so that who sends
 * small whole messages never notices. Thread-safe.
 */
public final class HeldBytes {
  // Somewhat below the bound at once: the search for the largest is not made for each byte.
  private static final int FREED_FRACTION = 8;

  private final long bytesMax;
  private final Counters counters;
  private final AtomicLong total = new AtomicLong();
  private final Set<Holder> holders = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean shedding = new AtomicBoolean();

  HeldBytes(long bytesMax, Counters counters) {
    this.bytesMax = bytesMax;
    this.counters = counters;
  }

  public long total() {
    return total.get();
  }

  Holder holder(Channel channel) {
    return new Holder(channel);
  }

  /** What one connection keeps. */
  final class Holder {
    private final Channel channel;
    private volatile long bytes;
    private boolean over;

    private Holder(Channel channel) {
      this.channel = channel;
    }

    /** On the connection's loop, after each pass of reading; costs nothing without a change. */
    void set(long now) {
      if (now != bytes && change(now)) {
        shed();
      }
    }

    /** The connection is closed: whatever it kept is free. */
    void end() {
      take();
    }

    private synchronized boolean change(long now) {
      if (over) {
        return false;
      }
      long delta = now - bytes;
      if (bytes == 0) {
        holders.add(this);
      }
      bytes = now;
      if (now == 0) {
        holders.remove(this);
      }
      return total.addAndGet(delta) > bytesMax && delta > 0;
    }

    private synchronized long take() {
      long taken = bytes;
      over = true;
      bytes = 0;
      holders.remove(this);
      total.addAndGet(-taken);
      return taken;
    }
  }

  // Again where another loop brought more meanwhile, which found this one at work and left.
  private void shed() {
    while (total.get() > bytesMax && shedding.compareAndSet(false, true)) {
      try {
        shedOnce();
      } finally {
        shedding.set(false);
      }
    }
  }

  private void shedOnce() {
    long left = total.get() - bytesMax + bytesMax / FREED_FRACTION;
    for (Holder holder : largestFirst()) {
      if (left <= 0) {
        return;
      }
      left -= holder.take();
      counters.count("connections.shed", "held-bytes");
      holder.channel.close();
    }
  }

  private List<Holder> largestFirst() {
    record Weighed(Holder holder, long bytes) {}
    var weighed = new ArrayList<Weighed>();
    holders.forEach(holder -> weighed.add(new Weighed(holder, holder.bytes)));
    weighed.sort(Comparator.comparingLong(Weighed::bytes).reversed());
    return weighed.stream().map(Weighed::holder).toList();
  }
}
