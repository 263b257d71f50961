package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.server.Config;
import io.telltale.server.Server;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever fails on the way out, every store is closed and the folder is free again. */
final class StopTest {
  @TempDir private Path folder;

  // The JDK closes the log in a shutdown hook of its own, and whoever read it in the morning saw a
  // server that had just vanished.
  @Test
  void the_logs_last_line_says_that_it_has_ended_and_why() throws Exception {
    try (ServerProcess server = ServerProcess.start(folder.resolve("data"))) {
      server.stop();
      List<String> lines = Files.readAllLines(server.data().resolve("logs/telltale.0.log"));
      assertThat(lines).filteredOn(line -> line.contains("server.stopping")).hasSize(1);
      assertThat(lines.getLast()).contains("server.stopped why=\"a signal asked for it");
      assertThat(Files.exists(server.data().resolve("logs/telltale.0.log.lck"))).isFalse();
    }
  }

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
