package io.telltale.admission;

import io.telltale.kernel.TenantId;
import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The meters of all devices and tenants: a device does not get a fresh one by reconnecting. One
 * that is full again, and that no session holds, is forgotten: a fresh one is the same. So there
 * are no more than of devices that are connected or sent something in the last seconds.
 */
final class Meters {
  /** A meter takes some 200 bytes. */
  static final int KEPT_MAX = 16_384;

  private final ConcurrentHashMap<Integer, DeviceMeter> devices = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<TenantId, Meter> tenants = new ConcurrentHashMap<>();
  private final AtomicInteger addedSinceSweep = new AtomicInteger();

  /** Kept for its own sake while it is not full; afterwards only as long as a session has it. */
  private record DeviceMeter(@Nullable Meter kept, WeakReference<Meter> seen) {
    static DeviceMeter of(Meter meter) {
      return new DeviceMeter(meter, new WeakReference<>(meter));
    }

    @Nullable DeviceMeter swept(long nowNanos) {
      Meter meter = seen.get();
      if (meter == null) {
        return null;
      }
      return meter.isFull(nowNanos) ? new DeviceMeter(null, seen) : of(meter);
    }
  }

  Meter device(int number, long nowNanos) {
    DeviceMeter known = devices.get(number);
    Meter meter = known == null ? null : known.kept();
    return meter == null ? found(number, nowNanos) : meter;
  }

  private Meter found(int number, long nowNanos) {
    var found = new Meter[1];
    devices.compute(
        number,
        (_, old) -> {
          Meter seen = old == null ? null : old.seen().get();
          found[0] = seen == null ? new Meter() : seen;
          return DeviceMeter.of(found[0]);
        });
    if (addedSinceSweep.incrementAndGet() >= KEPT_MAX) {
      addedSinceSweep.set(0);
      devices
          .keySet()
          .forEach(each -> devices.computeIfPresent(each, (_, known) -> known.swept(nowNanos)));
    }
    return found[0];
  }

  Meter tenant(TenantId tenant) {
    return tenants.computeIfAbsent(tenant, ignored -> new Meter());
  }

  int kept() {
    return devices.size();
  }
}
