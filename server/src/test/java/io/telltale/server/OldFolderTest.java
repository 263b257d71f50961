package io.telltale.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import io.telltale.ledger.LedgerQuery;
import io.telltale.registry.Act;
import io.telltale.roster.LifecycleState;
import io.telltale.server.data.DataFolder;
import io.telltale.server.data.StoreAnchors;
import io.telltale.server.metrics.Metrics;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A data folder that the program at commit 77ce396 made ({@code run}, {@code device add pump-1},
 * {@code enroll-token create}, stop): its rows have no seals, and it opens for good.
 */
class OldFolderTest {
  private static final DeviceId DEVICE = new DeviceId(TenantId.DEFAULT, "pump-1");
  private static final String FOLDER = "data-77ce396.zip";

  @TempDir Path dir;

  @BeforeEach
  void unpack() throws IOException {
    try (InputStream found = OldFolderTest.class.getResourceAsStream(FOLDER);
        var zip = new ZipInputStream(found == null ? InputStream.nullInputStream() : found)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path file = dir.resolve(entry.getName());
        Files.createDirectories(entry.isDirectory() ? file : file.getParent());
        if (!entry.isDirectory()) {
          Files.copy(zip, file);
        }
      }
    }
  }

  private void run(Consumer<Foundation> use) {
    Config config =
        switch (ConfigReader.read(Optional.empty(), Map.of(), dir)) {
          case ConfigReader.Outcome.Ready(Config ready) -> ready;
          case ConfigReader.Outcome.Mistakes(var problems) -> throw new AssertionError(problems);
        };
    Budget budget =
        Budget.of(new Machine(512L << 20, 256L << 20, 20_000, 2L << 30), config.limits());
    try (var closing = new Closing()) {
      DataFolder folder = closing.add(DataFolder.at(dir));
      Foundation foundation = Foundation.open(config, folder, InstantSource.system(), closing);
      DataPath.open(config, budget, folder, foundation, new Metrics(), closing);
      use.accept(foundation);
    }
  }

  private static List<String> adopted(Foundation foundation) {
    return foundation.ledger().search(LedgerQuery.newest(20).ofType(StoreAnchors.ADOPTED)).stream()
        .flatMap(entry -> entry.event().stream())
        .map(event -> event.subject())
        .sorted()
        .toList();
  }

  @Test
  void opens_is_adopted_once_and_guarded_from_then_on() throws IOException {
    Path registry = dir.resolve("registry/control.db");
    Path old = Files.copy(registry, dir.resolve("old.db"));
    for (int start = 0; start < 2; start++) {
      run(
          foundation -> {
            assertThat(foundation.registry().find(DEVICE)).isPresent();
            assertThat(adopted(foundation))
                .containsExactly("store/backend", "store/keys", "store/pipeline", "store/registry");
            foundation
                .registry()
                .transition(DEVICE, LifecycleState.RETIRED, new Act("system", "old"));
          });
    }
    Files.move(old, registry, StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> run(_ -> {}))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining(registry.toString());
  }
}
