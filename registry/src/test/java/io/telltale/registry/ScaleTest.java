package io.telltale.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.db.Database;
import io.telltale.db.StoreSeal;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.registry.tables.Change;
import io.telltale.registry.tables.Schema;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.AssetText;
import io.telltale.roster.LifecycleState;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** RG-6: prints figures; {@code -Dscale.devices=100000} for real ones. Asserts no times. */
class ScaleTest {
  private static final int CHUNK = 500;
  private static final int STORED_AT_ONCE = 20_000;
  private static final int DER_BYTES = 600;
  private static final long BYTES_A_DEVICE_MAX = 700;

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

  /**
   * Row 5 of growth: {@code -Dscale.stored=1000000} under {@code -Xmx1536m} is the promise. Heap is
   * what is left after a collection, beside what the test itself had before.
   */
  @Test
  void a_stored_fleet_is_loaded_in_bounded_memory() throws SQLException {
    int count = Integer.getInteger("scale.stored", 4_000);
    new Fixture(dir).close();
    Path file = dir.resolve("control.db");
    store(file, count);
    long before = heap();
    long startCpu = cpu();
    long start = System.nanoTime();
    InstantSource clock = () -> Fixture.NOON;
    try (var registry = Registry.open(Fixture.settings(file, Fixture.DOMAIN, clock))) {
      long millis = (System.nanoTime() - start) / 1_000_000;
      long startedCpu = (cpu() - startCpu) / 1_000_000;
      long bytes = (heap() - before) / count;
      System.out.printf(
          "%d devices with a credential: start %d ms (%d ms of CPU), %d bytes of heap a device%n",
          count, millis, startedCpu, bytes);
      assertThat(registry.view().byDevice(Fixture.device("machine-0000007"))).isPresent();
      assertThat(registry.view().byCredential(fingerprint(7))).isPresent();
      if (count >= 100_000) {
        assertThat(bytes).isLessThan(BYTES_A_DEVICE_MAX);
      }
    }
  }

  private static long heap() {
    var memory = ManagementFactory.getMemoryMXBean();
    memory.gc();
    return memory.getHeapMemoryUsage().getUsed();
  }

  /** As the registry itself would, in larger steps. */
  private static void store(Path file, int count) throws SQLException {
    InstantSource clock = () -> Fixture.NOON;
    StoreSeal seal =
        Fixture.settings(file, Fixture.DOMAIN, clock)
            .seal()
            .lookingLaterAt("history", "feed")
            .quietAbout(Change.OUTBOX);
    try (var database = Database.open(TestStores.at(file), Schema.MIGRATIONS, seal)) {
      for (int from = 0; from < count; from += STORED_AT_ONCE) {
        int first = from;
        int end = Math.min(count, from + STORED_AT_ONCE);
        database.write(connection -> store(connection, first, end));
      }
    }
  }

  private static int store(Connection connection, int from, int end) throws SQLException {
    long until = Fixture.NOON.plus(Duration.ofDays(30)).toEpochMilli();
    try (PreparedStatement principal =
            connection.prepareStatement(
                "INSERT INTO principal (number, tenant, kind, name, state, asset, created,"
                    + " last_seen, provisioned, position, enrolment)"
                    + " VALUES (?, 'default', 'device', ?, 'active', ?, ?, ?, 'est-token', ?, 1)");
        PreparedStatement credential =
            connection.prepareStatement(
                "INSERT INTO credential (fingerprint, principal, issuer, serial, not_before,"
                    + " not_after, state, spki, der, protection, issued)"
                    + " VALUES (?, ?, ?, ?, ?, ?, 'active', ?, ?, 'software', ?)")) {
      long now = Fixture.NOON.toEpochMilli();
      byte[] der = new byte[DER_BYTES];
      for (int i = from; i < end; i++) {
        byte[] print = fingerprint(i).hash().value().toArray();
        principal.setInt(1, i + 1);
        principal.setString(2, "machine-%07d".formatted(i));
        principal.setString(3, AssetText.of(asset(i)));
        principal.setLong(4, now);
        principal.setLong(5, now);
        principal.setLong(6, i + 1);
        principal.addBatch();
        credential.setBytes(1, print);
        credential.setInt(2, i + 1);
        credential.setBytes(3, Fixture.ISSUER.hash().value().toArray());
        credential.setString(4, Integer.toHexString(i));
        credential.setLong(5, now);
        credential.setLong(6, until);
        credential.setBytes(7, Hash.sha256(print).value().toArray());
        credential.setBytes(8, der);
        credential.setLong(9, now);
        credential.addBatch();
      }
      principal.executeBatch();
      credential.executeBatch();
    }
    return end - from;
  }

  private static Fingerprint fingerprint(int device) {
    return new Fingerprint(Hash.sha256(Bytes.utf8("certificate " + device)));
  }

  private static AssetRecord asset(int device) {
    return new AssetRecord(
        "prod", "eu", "line-a", "press", "team", "hall " + device % 50, Map.of("line", "7"));
  }

  private static long cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
  }

  private static List<NewDevice> chunk(int from) {
    var devices = new ArrayList<NewDevice>(CHUNK);
    for (int i = from; i < from + CHUNK; i++) {
      devices.add(new NewDevice(Fixture.device("d-" + i), asset(i)));
    }
    return devices;
  }
}
