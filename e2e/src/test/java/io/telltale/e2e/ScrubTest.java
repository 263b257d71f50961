package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.device.MqttConnector;
import io.telltale.server.Server;
import io.telltale.testkit.MovingClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Firm ground 35: damage at rest is found by a server that runs, and nothing where there is none.
 */
final class ScrubTest {
  @TempDir private Path folder;

  @Test
  void damage_at_rest_is_named_in_the_status_of_a_server_that_runs() throws Exception {
    var clock = new MovingClock(Instant.parse("2026-11-28T12:00:00Z"));
    try (Server server = Server.start(InProcess.config(folder, "data"), clock);
        var connector = new MqttConnector(1)) {
      for (int device = 0; device < 2; device++) {
        InProcess.publish(server, connector, clock, "press-" + device);
        InProcess.await(server, device + 1);
      }
      server.readEverythingAgain();
      assertThat(InProcess.status(server).get("halted")).isEmpty();

      Path data = server.folder().root();
      Path object = flip(any(data.resolve("lake/objects/data")));
      Path leaves = flip(any(data.resolve("lake/objects/leaves")));
      Path tile = flip(any(data.resolve("ledger/tile/0")));
      Path root = flip(data.resolve("ca/root.crl"));
      Path key = flip(data.resolve("keys/root.key"));
      server.readEverythingAgain();

      JsonNode status = InProcess.status(server);
      for (Path damaged : new Path[] {object, leaves, tile, root, key}) {
        assertThat(status.get("halted").toString())
            .as(damaged.toString())
            .contains("damaged")
            .contains(damaged.getFileName().toString());
      }
      assertThat(status.at("/ledger/problem").asString()).contains(tile.getFileName().toString());

      // What was mended is no longer named, but for the ledger, which does not forget.
      flip(object);
      server.readEverythingAgain();
      assertThat(InProcess.status(server).get("halted").toString())
          .doesNotContain(object.getFileName().toString())
          .contains(leaves.getFileName().toString());
    }
  }

  /** What serves nobody any more says so, hides nothing else, and ends in order. */
  @Test
  void edited_stores_serve_nothing_and_the_server_names_the_rest_and_ends_in_order()
      throws Exception {
    var clock = new MovingClock(Instant.parse("2026-11-28T12:00:00Z"));
    Path data;
    try (Server server = Server.start(InProcess.config(folder, "data"), clock);
        var connector = new MqttConnector(1)) {
      InProcess.publish(server, connector, clock, "press-0");
      InProcess.await(server, 1);
      data = server.folder().root();
      edit(data.resolve("lake/pipeline.db"), "UPDATE pipeline_leaves SET bytes = bytes + 1");
      edit(data.resolve("ledger/index.db"), "INSERT INTO source VALUES ('forged', 1)");
      flip(any(data.resolve("lake/objects/data")));
      // The second time both are condemned, and what is found is not recorded.
      for (int round = 0; round < 2; round++) {
        server.readEverythingAgain();
        assertThat(InProcess.status(server).get("halted").toString())
            .contains("store-pipeline", "store-ledger")
            // The object alone: of the rest nobody can tell while its store serves nobody.
            .contains("\"about\":\"lake\",\"count\":1")
            .contains("scrub lake", "cannot be told now")
            .doesNotContain("is not at its place")
            .contains("row forged of table source was added");
      }
    }
    assertThat(data.resolve("log/stopped")).as("the mark of a clean stop").exists();
  }

  private static void edit(Path file, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate(sql)).isPositive();
    }
  }

  private static Path any(Path below) throws IOException {
    try (Stream<Path> files = Files.walk(below)) {
      return files.filter(Files::isRegularFile).min(Comparator.naturalOrder()).orElseThrow();
    }
  }

  private static Path flip(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    return file;
  }
}
