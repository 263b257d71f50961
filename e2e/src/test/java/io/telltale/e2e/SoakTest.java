package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.device.MqttConnector;
import io.telltale.testkit.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A steady load for a long time: nothing lost, nobody cut, and the memory printed as it goes. */
@Tag("deep")
final class SoakTest {
  private static final int DEVICES = 10;
  private static final int LOOKS = 10;

  @TempDir private Path folder;

  // IN-3, IN-9
  @Test
  void a_long_steady_load_loses_nothing() throws Exception {
    long seconds = Math.max(10, Long.getLong("soak.seconds", 600));
    try (ServerProcess server = ServerProcess.start(folder.resolve("data"));
        MqttConnector connector = new MqttConnector(1)) {
      var devices = new ArrayList<TestDevice>();
      for (int i = 0; i < DEVICES; i++) {
        devices.add(TestDevice.enroll(server, "soak-" + i));
      }
      try (var publishing = Publishing.start(server, connector, devices, 20)) {
        for (int look = 1; look <= LOOKS; look++) {
          Waiting.pass(Duration.ofSeconds(seconds / LOOKS));
          System.out.printf(
              "soak %d/%d: %d acknowledged, %s resident, lag %.0f%n",
              look,
              LOOKS,
              publishing.acks(),
              server.residentMemory(),
              server.metric("telltale_pipeline_lag"));
        }
        publishing.stop();
        assertThat(publishing.trouble()).isEmpty();
        assertThat(publishing.sessions()).as("nobody was cut").isEqualTo(DEVICES);
        LakeCheck.holdsOnce(server, publishing.acknowledged());
      }
      assertThat(server.stop()).isIn(0, 143);
    }
  }
}
