package io.telltale.server.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import io.telltale.registry.Act;
import io.telltale.registry.NewDevice;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.LifecycleState;
import io.telltale.server.Closing;
import io.telltale.server.Config;
import io.telltale.server.ConfigReader;
import io.telltale.server.Foundation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An older store is refused, also by whoever edited what the ledger is searched by. */
class StoreAnchorsTest {
  private static final DeviceId DEVICE = new DeviceId(TenantId.DEFAULT, "pump-1");
  private static final String ANCHORS =
      "(SELECT number FROM entry WHERE type = 'store.anchored' ORDER BY number DESC LIMIT 20)";

  private static final AssetRecord ASSET =
      new AssetRecord("prod", "eu", "pumps", "machine", "ops", "hall-1", Map.of());

  @TempDir Path dir;

  private void run(Consumer<Foundation> use) {
    Config config =
        switch (ConfigReader.read(Optional.empty(), Map.of(), dir)) {
          case ConfigReader.Outcome.Ready(Config ready) -> ready;
          case ConfigReader.Outcome.Mistakes(var problems) -> throw new AssertionError(problems);
        };
    try (var closing = new Closing()) {
      DataFolder folder = closing.add(DataFolder.at(dir));
      use.accept(Foundation.open(config, folder, InstantSource.system(), closing));
    }
  }

  private Path olderRegistry() throws IOException {
    Path registry = dir.resolve("registry/control.db");
    run(foundation -> foundation.registry().addDevice(new NewDevice(DEVICE, ASSET), "test"));
    Path old = Files.copy(registry, dir.resolve("logs/old.db"));
    run(
        foundation ->
            foundation
                .registry()
                .transition(DEVICE, LifecycleState.RETIRED, new Act("system", "old")));
    return Files.copy(old, registry, StandardCopyOption.REPLACE_EXISTING);
  }

  private void edit(String sql) throws SQLException {
    try (Connection index =
            DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("ledger/index.db"));
        Statement statement = index.createStatement()) {
      assertThat(statement.executeUpdate(sql)).isPositive();
    }
  }

  @Test
  void an_older_store_is_refused_when_the_index_was_edited_to_hide_its_anchors()
      throws IOException, SQLException {
    Path registry = olderRegistry();
    edit("UPDATE entry SET subject = zeroblob(32) WHERE number IN " + ANCHORS);
    assertThatThrownBy(() -> run(_ -> {}))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining(registry.toString());
  }

  @Test
  void an_anchor_whose_body_was_taken_away_is_damage_that_is_named()
      throws IOException, SQLException {
    olderRegistry();
    edit("UPDATE entry SET body = zeroblob(64) WHERE number IN " + ANCHORS);
    assertThatThrownBy(() -> run(_ -> {}))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("has a body that does not open");
  }
}
