package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.testkit.Waiting;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A real server one of whose loops does not come back: a debugger stops its thread. */
final class StuckLoopTest {
  private static final String STUCK_NOW = "telltale_loops_stuck_now";
  private static final Pattern DOOR_LOOP = Pattern.compile("door-\\d+-\\d+");
  private static final int EX_TEMPFAIL = 75;

  @TempDir Path folder;

  // Firm ground 1
  @Test
  void a_stuck_loop_is_in_status_metrics_and_log_and_ends_the_process_with_75() throws Exception {
    Launch launch =
        Launch.in(folder.resolve("data"))
            .withSettings(Map.of("TELLTALE_WATCHDOG_END_AFTER_S", "12"))
            .withJvm(Debugged.LISTEN);
    try (ServerProcess server = ServerProcess.start(launch)) {
      assertThat(server.metrics()).contains(STUCK_NOW + " 0");
      assertThat(server.json("status").path("stuck")).isEmpty();
      try (Debugged debugger = Debugged.attach(launch)) {
        String loop = debugger.stop(DOOR_LOOP);
        Waiting.until("the gauge says one", 30, () -> server.metric(STUCK_NOW) == 1);
        JsonNode stuck = server.json("status").path("stuck");
        assertThat(stuck).hasSize(1);
        assertThat(stuck.get(0).path("thread").asString()).isEqualTo(loop);
        assertThat(stuck.get(0).path("seconds").asInt()).isBetween(3, 12);
        assertThat(stuck.get(0).path("stack").asString()).contains("io.netty.");
        assertThat(server.exitCode(60)).isEqualTo(EX_TEMPFAIL);
        assertThat(launch.consoleText()).contains("exit 75");
        assertThat(Files.readString(server.data().resolve("logs/telltale.0.log")))
            .contains("loop.stuck thread=" + loop, "loop.ends_process thread=" + loop);
      }
    }
    // What was not closed opens again.
    try (ServerProcess again = ServerProcess.start(folder.resolve("data"))) {
      assertThat(again.json("status").path("stuck")).isEmpty();
    }
  }
}
