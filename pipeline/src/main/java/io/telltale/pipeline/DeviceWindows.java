package io.telltale.pipeline;

import io.telltale.kernel.Bytes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The windows of the devices seen lately, and which of them changed since the last commit. Not
 * thread-safe.
 */
final class DeviceWindows {
  private static final int KEPT_MAX = 20_000;

  private final StateStore store;
  private final LinkedHashMap<Integer, DeviceWindow> kept = new LinkedHashMap<>(1024, 0.75f, true);
  private final Map<Integer, DeviceWindow> changed = new TreeMap<>();

  DeviceWindows(StateStore store) {
    this.store = store;
  }

  DeviceWindow.Seen look(int device, long sequence, long hash) {
    return of(device).look(sequence, hash);
  }

  void use(int device, long sequence, long hash, long offset) {
    DeviceWindow window = of(device);
    window.use(sequence, hash, offset);
    changed.put(device, window);
  }

  private DeviceWindow of(int device) {
    DeviceWindow changedOne = changed.get(device);
    return changedOne != null
        ? changedOne
        : kept.computeIfAbsent(device, number -> store.window(number).orElseGet(DeviceWindow::new));
  }

  /** What has to be stored, sealed. */
  Map<Integer, Bytes> sealed() {
    var sealed = new TreeMap<Integer, Bytes>();
    changed.forEach((device, window) -> sealed.put(device, store.seal(device, window)));
    return sealed;
  }

  /** What changed is stored now. */
  void committed() {
    kept.putAll(changed);
    changed.clear();
    var oldest = kept.keySet().iterator();
    while (kept.size() > KEPT_MAX) {
      oldest.next();
      oldest.remove();
    }
  }
}
