package io.telltale.admission;

import io.telltale.kernel.TenantId;
import java.util.concurrent.ConcurrentHashMap;

/** The meters of all devices and tenants: a device does not get a fresh one by reconnecting. */
final class Meters {
  private final ConcurrentHashMap<Integer, Meter> devices = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<TenantId, Meter> tenants = new ConcurrentHashMap<>();

  Meter device(int number) {
    return devices.computeIfAbsent(number, ignored -> new Meter());
  }

  Meter tenant(TenantId tenant) {
    return tenants.computeIfAbsent(tenant, ignored -> new Meter());
  }
}
