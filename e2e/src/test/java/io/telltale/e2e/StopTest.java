package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.server.Config;
import io.telltale.server.Server;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever fails on the way out, every store is closed and the folder is free again. */
final class StopTest {
  @TempDir private Path folder;

  @Test
  void a_file_of_ports_that_cannot_be_removed_keeps_nothing_open() throws Exception {
    Config config = InProcess.config(folder, "data");
    Path ports = config.data().resolve("run/ports.json");
    Server first = Server.start(config);
    Files.delete(ports);
    Files.createDirectories(ports.resolve("in-the-way"));
    first.close();
    Files.delete(ports.resolve("in-the-way"));
    Files.delete(ports);
    try (Server second = Server.start(config)) {
      assertThat(second.ports().mqtt()).isPositive();
    }
  }
}
