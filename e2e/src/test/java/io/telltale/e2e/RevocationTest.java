package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.device.MqttConnection;
import io.telltale.device.MqttConnector;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From the command to the end of the live session, many times (LC-4). */
final class RevocationTest {
  private static final int RUNS = 20;

  @TempDir private Path folder;

  @Test
  void every_revoked_session_is_cut() throws Exception {
    long[] micros = new long[RUNS];
    try (ServerProcess server = ServerProcess.start(folder.resolve("data"));
        MqttConnector connector = new MqttConnector(1)) {
      for (int run = 0; run < RUNS; run++) {
        TestDevice device = TestDevice.enroll(server, "cut-" + run);
        MqttConnection session = device.connect(connector, server);
        long start = System.nanoTime();
        long[] cut = new long[1];
        session.closed().thenRun(() -> cut[0] = System.nanoTime());
        assertThat(server.run("device", "revoke", device.name(), "--reason", "test").exitCode())
            .isZero();
        TestDevice.await(session.closed());
        micros[run] = (cut[0] - start) / 1_000;
        assertThat(session.isOpen()).isFalse();
      }
    }
    Arrays.sort(micros);
    System.out.printf(
        "command to cut over %d runs: min %d us, median %d us, p95 %d us, max %d us%n",
        RUNS, micros[0], micros[RUNS / 2], micros[RUNS * 95 / 100], micros[RUNS - 1]);
  }
}
