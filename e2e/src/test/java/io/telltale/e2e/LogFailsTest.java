package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.device.MqttConnector;
import io.telltale.testkit.Waiting;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A log whose disk answers with I/O errors stops acknowledgements, not the process (IN-3). What was
 * written before a failed fdatasync is never trusted: the kernel may have dropped it and call it
 * clean.
 */
final class LogFailsTest {
  private static final int DEVICES = 3;

  @TempDir private Path folder;

  @Test
  void nothing_is_acknowledged_while_the_log_fails_and_nothing_acknowledged_is_lost()
      throws Exception {
    Path control = folder.resolve("failing");
    Path data = folder.resolve("data");
    var launch = Launch.in(data).withJvm(DiskFaultAgent.argument(folder, control));
    try (MqttConnector connector = new MqttConnector(1)) {
      Publishing publishing;
      try (ServerProcess server = ServerProcess.start(launch)) {
        var devices = new ArrayList<TestDevice>();
        for (int i = 0; i < DEVICES; i++) {
          devices.add(TestDevice.enroll(server, "eio-" + i));
        }
        try (Publishing all = Publishing.start(server, connector, devices, 10)) {
          publishing = all;
          for (String call : List.of("force", "write", "force write", "force")) {
            failsAndRecovers(server, publishing, control, call);
          }
          assertThat(publishing.trouble()).isEmpty();
          assertThat(publishing.sessions()).as("nobody was cut").isEqualTo(DEVICES);
        }
        // What recovery left on the disk must also survive a crash.
        server.kill();
      }
      try (ServerProcess server = ServerProcess.start(data)) {
        LakeCheck.holdsOnce(server, publishing.acknowledged());
        System.out.printf(
            "log failing: %d acknowledged, told %d times to try later%n",
            publishing.acks(), publishing.toldToTryLater());
      }
    }
  }

  private static void failsAndRecovers(
      ServerProcess server, Publishing publishing, Path control, String call) throws Exception {
    publishing.awaitAcks(60);
    long told = publishing.toldToTryLater();
    Files.writeString(control, call);
    Waiting.until(
        "devices are told to try later",
        30,
        () -> publishing.toldToTryLater() > told + 3L * DEVICES);
    long acks = publishing.acks();
    Waiting.pass(Duration.ofSeconds(1));
    assertThat(publishing.acks()).as("acknowledged while failing").isEqualTo(acks);
    assertThat(server.isAlive()).isTrue();
    assertThat(server.metric("telltale_log_available")).isZero();
    assertThat(server.json("status").get("log").asString())
        .isEqualTo("disk failing: Input/output error");
    Files.delete(control);
    publishing.awaitAcks(60);
  }
}
