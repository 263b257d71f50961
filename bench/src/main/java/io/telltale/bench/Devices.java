package io.telltale.bench;

import io.telltale.crypto.Entropy;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import io.telltale.registry.NewDevice;
import io.telltale.registry.Registry;
import io.telltale.roster.AssetRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The load's devices, registered with a token each before the server starts. */
final class Devices {
  private static final int AT_ONCE = 500;
  private static final int TOKEN_BYTES = 32;

  private final List<Registered> registered;
  private int taken;

  /** A device that may enroll. */
  record Registered(String name, String token) {}

  private Devices(List<Registered> registered) {
    this.registered = registered;
  }

  static Devices register(Registry registry, int count) {
    var asset = new AssetRecord("bench", "eu", "line-1", "press", "", "hall", Map.of());
    var all = new ArrayList<NewDevice>(count);
    for (int i = 0; i < count; i++) {
      all.add(new NewDevice(new DeviceId(TenantId.DEFAULT, "bench-" + i), asset));
    }
    for (int from = 0; from < count; from += AT_ONCE) {
      var _ = registry.addDevices(all.subList(from, Math.min(count, from + AT_ONCE)), "system");
    }
    var tokens = new ArrayList<Registered>(count);
    for (NewDevice device : all) {
      String token = Entropy.system().bytes(TOKEN_BYTES).hex();
      var _ =
          registry.createToken(
              device.id(), Registry.tokenHash(token), Duration.ofHours(2), "system");
      tokens.add(new Registered(device.id().name(), token));
    }
    return new Devices(tokens);
  }

  synchronized List<Registered> take(int count) {
    if (taken + count > registered.size()) {
      throw new IllegalStateException(
          "only %d devices are registered".formatted(registered.size()));
    }
    taken += count;
    return List.copyOf(registered.subList(taken - count, taken));
  }
}
