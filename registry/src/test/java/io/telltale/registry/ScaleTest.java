package io.telltale.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** RG-6: prints figures; {@code -Dscale.devices=100000} for real ones. Asserts no times. */
class ScaleTest {
  private static final int CHUNK = 500;

  @TempDir Path dir;

  @Test
  void a_fleet_is_imported_loaded_and_cut_off() {
    int count = Integer.getInteger("scale.devices", 2_000);
    try (var fixture = new Fixture(dir)) {
      long startCpu = cpu();
      long start = System.nanoTime();
      for (int from = 0; from < count; from += CHUNK) {
        fixture.registry.addDevices(chunk(from), Fixture.OPERATOR);
      }
      long imported = System.nanoTime();
      long importedCpu = cpu();
      fixture.reopen();
      long loaded = System.nanoTime();
      long loadedCpu = cpu();
      System.out.printf(
          "%d devices: import %.0f/s (%.0f us of CPU each), open and load %d ms (%d ms of CPU)%n",
          count,
          count * 1e9 / (imported - start),
          (importedCpu - startCpu) / 1e3 / count,
          (loaded - imported) / 1_000_000,
          (loadedCpu - importedCpu) / 1_000_000);
      assertThat(fixture.registry.view().byDevice(Fixture.device("d-0"))).isPresent();

      long[] micros = new long[Math.min(count, 200)];
      for (int i = 0; i < micros.length; i++) {
        long before = System.nanoTime();
        fixture.move("d-" + i, LifecycleState.COMPROMISED);
        micros[i] = (System.nanoTime() - before) / 1_000;
      }
      Arrays.sort(micros);
      System.out.printf(
          "revoke until the view shows it: p50 %d us, p99 %d us, max %d us%n",
          micros[micros.length / 2], micros[micros.length * 99 / 100], micros[micros.length - 1]);
    }
  }

  private static long cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
  }

  private static List<NewDevice> chunk(int from) {
    var devices = new ArrayList<NewDevice>(CHUNK);
    for (int i = from; i < from + CHUNK; i++) {
      AssetRecord asset =
          new AssetRecord(
              "prod", "eu", "line-a", "press", "team", "hall " + i % 50, Map.of("line", "7"));
      devices.add(new NewDevice(Fixture.device("d-" + i), asset));
    }
    return devices;
  }
}
