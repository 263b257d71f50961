package io.telltale.doors;

import io.telltale.kernel.Counters;
import io.telltale.kernel.DeviceId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What each device was refused last, for {@code telltale device show} and the log: MQTT 3.1.1 has
 * no way to tell a device why, and many a device no way to tell its owner. In memory, of the
 * devices refused last, never a byte of a payload or a topic. Thread-safe; not on the way of what
 * is admitted.
 */
public final class LastRefusals {
  private static final System.Logger LOG = System.getLogger(LastRefusals.class.getName());
  private static final int OF_DEVICE_MAX = 8;
  private static final int DEVICES_MAX = 4_096;
  private static final int LINES_A_MINUTE_MAX = 120;
  private static final long MINUTE_MILLIS = 60_000;
  private static final long NEVER = Long.MIN_VALUE;

  private final InstantSource clock;
  private final Counters counters;
  private final Map<DeviceId, Device> devices = new Recent();
  // Apart from the others: there may be very many, and those shall not be forgotten for them.
  private final Map<DeviceId, Device> crowd = new Recent();
  private long serials;
  private long minuteStart = NEVER;
  private int linesOfMinute;

  /**
   * Refusals of one kind in a row.
   *
   * @param time of the last of them
   * @param protocol and its version
   * @param about a message type, or what else was refused; a constant
   * @param why the cause as the counters name it
   * @param text a sentence, behind the field of the policy if it is about one: what a device that
   *     speaks MQTT 5 was told; may be empty
   */
  public record Refusal(
      Instant time, String protocol, String about, String why, String text, long count) {}

  /** What was refused, and why: as in {@link Refusal}. */
  public record Reason(String about, String why, String text) {}

  /** In the order of coming, which the wall clock may not tell. */
  private record Numbered(long serial, Refusal refusal) {}

  private static final class Device {
    final ArrayDeque<Numbered> refusals = new ArrayDeque<>(2);
    long loggedMillis = NEVER;
    long unlogged;
  }

  public LastRefusals(InstantSource clock, Counters counters) {
    this.clock = clock;
    this.counters = counters;
  }

  /** Newest first. */
  public List<Refusal> of(DeviceId device) {
    synchronized (devices) {
      return Stream.of(devices, crowd)
          .map(all -> all.get(device))
          .filter(Objects::nonNull)
          .flatMap(one -> one.refusals.stream())
          .sorted(Comparator.comparingLong(Numbered::serial).reversed())
          .map(Numbered::refusal)
          .toList();
    }
  }

  /** As {@link #add}, without a line in the log: for what befalls many at once. */
  public void note(DeviceId device, String protocol, Reason reason) {
    synchronized (devices) {
      remembered(crowd, device, protocol, reason);
    }
  }

  private Device remembered(
      Map<DeviceId, Device> all, DeviceId device, String protocol, Reason reason) {
    Instant now = clock.instant();
    Device one = all.computeIfAbsent(device, ignored -> new Device());
    remember(one, new Refusal(now, protocol, reason.about(), reason.why(), reason.text(), 1));
    return one;
  }

  public void add(DeviceId device, String protocol, Reason reason) {
    long count;
    synchronized (devices) {
      Device one = remembered(devices, device, protocol, reason);
      one.unlogged++;
      if (!mayLog(one, clock.millis())) {
        return;
      }
      count = one.unlogged;
      one.unlogged = 0;
    }
    LOG.log(
        System.Logger.Level.WARNING,
        "device.refused device={0} protocol={1} about={2} why={3} text=\"{4}\" count={5}",
        device.name(),
        protocol,
        reason.about(),
        reason.why(),
        reason.text(),
        Long.toString(count));
  }

  private void remember(Device device, Refusal next) {
    Numbered last = device.refusals.peekFirst();
    long before = 0;
    if (last != null && sameKind(last.refusal(), next)) {
      before = last.refusal().count();
      device.refusals.removeFirst();
    }
    var counted =
        new Refusal(
            next.time(), next.protocol(), next.about(), next.why(), next.text(), before + 1);
    device.refusals.addFirst(new Numbered(++serials, counted));
    if (device.refusals.size() > OF_DEVICE_MAX) {
      device.refusals.removeLast();
    }
  }

  private static boolean sameKind(Refusal one, Refusal other) {
    return one.why().equals(other.why())
        && one.text().equals(other.text())
        && one.about().equals(other.about())
        && one.protocol().equals(other.protocol());
  }

  // One line a minute and device, and so many of all devices together: a flood fills no disk. The
  // wall clock may be set back; a minute that lies ahead of it has passed.
  private boolean mayLog(Device device, long nowMillis) {
    if (minuteStart == NEVER
        || nowMillis - minuteStart >= MINUTE_MILLIS
        || nowMillis < minuteStart) {
      minuteStart = nowMillis;
      linesOfMinute = 0;
    }
    boolean quiet =
        device.loggedMillis != NEVER
            && nowMillis >= device.loggedMillis
            && nowMillis - device.loggedMillis < MINUTE_MILLIS;
    if (quiet) {
      return false;
    }
    if (linesOfMinute >= LINES_A_MINUTE_MAX) {
      counters.count("refusals.unlogged", "too-many");
      return false;
    }
    linesOfMinute++;
    device.loggedMillis = nowMillis;
    return true;
  }

  private static final class Recent extends LinkedHashMap<DeviceId, Device> {
    private static final long serialVersionUID = 1L;

    Recent() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<DeviceId, Device> eldest) {
      return size() > DEVICES_MAX;
    }
  }
}
