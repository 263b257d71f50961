package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.admission.Partitions;
import io.telltale.device.MqttConnector;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import io.telltale.testkit.Waiting;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A disabled scope key: its holders forget what they cached, so nothing is sealed, opened or
 * acknowledged in that scope until it is enabled; other scopes go on, in the same partition of the
 * log, too (KM-5, firm ground 3).
 */
final class KeyDisabledTest {
  @TempDir private Path folder;

  @Test
  void a_disabled_scope_takes_nothing_in_and_gives_nothing_out_until_it_is_enabled()
      throws Exception {
    try (ServerProcess server = ServerProcess.start(folder.resolve("data"));
        MqttConnector connector = new MqttConnector(1)) {
      var mine = List.of(TestDevice.enroll(server, "key-0"), TestDevice.enroll(server, "key-1"));
      String neighbour = neighbourOf("key-0");
      var others = List.of(TestDevice.enroll(server, neighbour, "line-2"));
      try (Publishing disabled = Publishing.start(server, connector, mine, 10);
          Publishing untouched = Publishing.start(server, connector, others, 10)) {
        disabled.awaitAcks(100);
        untouched.awaitAcks(50);
        // What only waits in the log takes no part in a question.
        Waiting.until(
            "readings of the scope are in the lake", 30, () -> hasReading(server, "key-0"));
        String scope = scopeOf(server, "line-1");
        for (int round = 0; round < 2; round++) {
          disableAndEnable(server, scope, disabled, untouched);
        }
        assertThat(disabled.trouble()).isEmpty();
        assertThat(untouched.trouble()).isEmpty();
        assertThat(disabled.sessions() + untouched.sessions()).as("nobody was cut").isEqualTo(3);
        assertThat(untouched.toldToTryLater()).as("the other scope").isZero();
        disabled.stop();
        untouched.stop();
        LakeCheck.holdsOnce(server, disabled.acknowledged());
        LakeCheck.holdsOnce(server, untouched.acknowledged());
      }
      assertThat(server.stop()).isIn(0, 143);
    }
  }

  private static boolean hasReading(ServerProcess server, String device) throws Exception {
    ServerProcess.Ran ran =
        server.run("query", "SELECT 1 FROM readings WHERE device = '%s' LIMIT 1".formatted(device));
    return (ran.out() + ran.err()).contains("1 row,");
  }

  private static void disableAndEnable(
      ServerProcess server, String scope, Publishing disabled, Publishing untouched)
      throws Exception {
    server.json("key", "disable", scope, "--reason", "test");
    // In this process it holds when the command returns; what was in flight may still be answered,
    // and is once its device was told to try later.
    disabled.awaitEachToldToTryLater();
    Waiting.until(
        "the halt is told at once",
        10,
        () -> server.json("status").toString().contains("scope-closed"));
    assertThat(server.json("device", "show", "key-0").get("refusals").toString())
        .contains("scope-key-disabled");
    long acks = disabled.acks();
    long told = disabled.toldToTryLater();
    Waiting.until("devices are told to try later", 20, () -> disabled.toldToTryLater() > told + 10);
    untouched.awaitAcks(50);
    assertThat(disabled.acks()).as("acknowledged while disabled").isEqualTo(acks);
    JsonNode pipeline = server.json("status").get("pipeline");
    assertThat(pipeline.get("setAside").get("waitingPartitions").toString()).isEqualTo("[]");
    long stored = pipeline.get("records").asLong();
    untouched.awaitAcks(50);
    Waiting.until(
        "the other scope goes on in the same partition",
        20,
        () -> server.json("status").get("pipeline").get("records").asLong() > stored + 50);
    ServerProcess.Ran read = server.run("query", "SELECT count(*) FROM readings");
    assertThat(read.exitCode()).as("reading while disabled").isNotZero();
    assertThat(read.err()).contains("no-key");
    server.json("key", "enable", scope, "--reason", "test over");
    disabled.awaitAcks(100);
    Waiting.until(
        "nothing is set aside any more",
        20,
        () -> server.json("status").get("pipeline").get("setAside").get("records").asLong() == 0);
  }

  /** A device whose records lie in the same partition. */
  private static String neighbourOf(String name) {
    int partition = Partitions.of(new DeviceId(TenantId.DEFAULT, name));
    for (int i = 0; ; i++) {
      String candidate = "neighbour-" + i;
      if (Partitions.of(new DeviceId(TenantId.DEFAULT, candidate)) == partition) {
        return candidate;
      }
    }
  }

  private static String scopeOf(ServerProcess server, String productLine) {
    for (JsonNode key : server.json("key", "list").get("keys")) {
      if (key.get("scope").asString().contains("/" + productLine + "/")) {
        return key.get("scope").asString();
      }
    }
    throw new AssertionError("no scope of " + productLine);
  }
}
