package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.device.MqttConnector;
import io.telltale.testkit.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A disk that fills up stops acknowledgements, not the process, and no reading is lost (IN-3). The
 * disk is a file system of the server's own, which takes Linux's user namespaces: where the machine
 * forbids them the tests are skipped and say so.
 */
final class DiskFullTest {
  private static final int DEVICES = 3;
  private static final int DISK_MIB = 96;
  private static final int MIB = 1 << 20;

  @TempDir private Path folder;

  @BeforeEach
  void needsAFileSystemOfItsOwn() throws Exception {
    Assumptions.assumeTrue(
        Launch.canMount(folder.resolve("probe")),
        "this machine lets nobody mount a file system in a namespace of their own");
  }

  @Test
  void nothing_is_acknowledged_on_a_full_disk_and_everything_after_it() throws Exception {
    // No mark: writes fail only when the file system itself has no room.
    fillsAndEmpties(marks(0, 0), 0);
  }

  @Test
  void nothing_is_acknowledged_below_the_free_space_mark() throws Exception {
    fillsAndEmpties(marks(16, 32), 8 * MIB);
  }

  private static Map<String, String> marks(int low, int high) {
    return Map.of(
        "TELLTALE_DISK_FREE_LOW_MIB", Integer.toString(low),
        "TELLTALE_DISK_FREE_HIGH_MIB", Integer.toString(high));
  }

  private void fillsAndEmpties(Map<String, String> marks, long left) throws Exception {
    Path data = folder.resolve("data");
    var launch = Launch.in(data).withSettings(marks).withSmallDisk(data, DISK_MIB);
    try (ServerProcess server = ServerProcess.start(launch);
        MqttConnector connector = new MqttConnector(1)) {
      var devices = new ArrayList<TestDevice>();
      for (int i = 0; i < DEVICES; i++) {
        devices.add(TestDevice.enroll(server, "full-" + i));
      }
      try (var publishing = Publishing.start(server, connector, devices, 10)) {
        publishing.awaitAcks(100);
        try (var _ = new Ballast(server.data().resolve("ballast"), left)) {
          stopsAcknowledging(server, publishing);
        }
        publishing.awaitAcks(100);
        Waiting.until(
            "the status says that all is well",
            20,
            () -> server.json("status").get("log").asString().equals("available"));
        assertThat(publishing.trouble()).isEmpty();
        assertThat(publishing.sessions()).as("nobody was cut").isEqualTo(DEVICES);
        publishing.stop();
        LakeCheck.holdsOnce(server, publishing.acknowledged());
        System.out.printf(
            "disk full, %s: %d acknowledged, told %d times to try later%n",
            marks, publishing.acks(), publishing.toldToTryLater());
      }
      assertThat(server.stop()).isIn(0, 143);
    }
    assertThat(launch.consoleText()).doesNotContain("OutOfMemory");
  }

  private static void stopsAcknowledging(ServerProcess server, Publishing publishing)
      throws Exception {
    Waiting.until(
        "devices are told to try later", 30, () -> publishing.toldToTryLater() > 3L * DEVICES);
    // A write that still fits, where the server itself made room, is acknowledged, and rightly so.
    Waiting.until(
        "no acknowledgement for a while",
        30,
        () -> {
          long acks = publishing.acks();
          Waiting.pass(Duration.ofMillis(1_500));
          return publishing.acks() == acks;
        });
    assertThat(server.isAlive()).isTrue();
    assertThat(server.metric("telltale_log_available")).isZero();
    assertThat(server.metric("telltale_admission_total{cause=\"unavailable\"}")).isPositive();
    assertThat(server.json("status").get("log").asString()).startsWith("disk f");
  }
}
