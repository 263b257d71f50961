package io.telltale.server.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.db.StoreSeal;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import io.telltale.registry.NewDevice;
import io.telltale.registry.Registry;
import io.telltale.roster.AssetRecord;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the loop of a running server does with rows of the registry that have had their time. */
final class OldRowsTest {
  private static final DeviceId PRESS = new DeviceId(TenantId.DEFAULT, "press-1");

  @TempDir Path folder;
  private Instant now = Instant.parse("2026-11-28T12:00:00Z");
  private long nanos;

  @Test
  void a_year_of_tokens_leaves_no_more_than_those_of_a_month() throws SQLException {
    Path file = folder.resolve("control.db");
    var key = SecretBytes.copyOf(new byte[32]);
    var seal = new StoreSeal("registry", key, Entropy.system());
    var settings = new Registry.Settings(TestStores.at(file), "telltale.local", () -> now, seal);
    try (Registry registry = Registry.open(settings)) {
      var asset = new AssetRecord("prod", "eu", "line-a", "press", "team", "hall", Map.of());
      registry.addDevice(new NewDevice(PRESS, asset), "test");
      var rows = new OldRows(registry, () -> now, new SteadyClock(() -> now, () -> nanos));
      for (int day = 0; day < 365; day++) {
        var another = new DeviceId(TenantId.DEFAULT, "press-of-day-" + day);
        registry.addDevice(new NewDevice(another, asset), "test");
        var hash = Registry.tokenHash("day " + day);
        registry.createToken(PRESS, hash, Duration.ofHours(1), "test");
        for (int minute = 0; minute < 24 * 60; minute += 30) {
          now = now.plus(Duration.ofMinutes(30));
          nanos += Duration.ofMinutes(30).toNanos();
          rows.round();
        }
      }
      assertThat(count(file, "token")).isBetween(30L, 31L);
      assertThat(count(file, "feed")).isEqualTo(1);

      // A clock that leaps to 2038 makes nothing old before it has stood for an hour.
      now = now.plus(Duration.ofDays(4_000));
      rows.round();
      assertThat(count(file, "token")).isBetween(30L, 31L);
    }
  }

  private static long count(Path file, String table) throws SQLException {
    try (var raw = DriverManager.getConnection("jdbc:sqlite:" + file);
        var statement = raw.createStatement();
        var rows = statement.executeQuery("SELECT count(*) FROM " + table)) {
      return rows.getLong(1);
    }
  }
}
