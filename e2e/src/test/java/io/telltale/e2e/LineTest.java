package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.device.Connected;
import io.telltale.device.Delivery;
import io.telltale.device.MqttConnection;
import io.telltale.device.MqttConnector;
import io.telltale.kernel.Bytes;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** One reading from first boot to a number proven offline, in a server process of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LineTest {
  private static final long QUERYABLE_SECONDS_MAX = 30;

  private Path folder;
  private final MqttConnector connector = new MqttConnector(1);
  private ServerProcess server;
  private TestDevice device;

  @SuppressWarnings("NullAway.Init") // set in startServer
  LineTest() {}

  @BeforeAll
  void startServer(@TempDir Path fresh) throws IOException, InterruptedException {
    folder = fresh;
    server = ServerProcess.start(folder.resolve("data"));
    device = TestDevice.enroll(server, "line-01");
  }

  @AfterAll
  void stopServer() throws InterruptedException {
    connector.close();
    assertThat(server.stop()).isIn(0, 143);
  }

  // AU-1, AU-2, AU-3, IN-3
  @Test
  void a_reading_becomes_a_number_that_an_auditor_can_check_offline() throws Exception {
    MqttConnection session = device.connect(connector, server);
    for (long sequence = 1; sequence <= 20; sequence++) {
      assertThat(device.publish(session, sequence, (double) (50 + sequence)))
          .isEqualTo(new Delivery.Acknowledged());
    }
    String sql =
        "SELECT avg(value) AS average, count(*) AS n FROM readings WHERE device = 'line-01'";
    JsonNode answer = queryUntil(sql, 1, 20);
    assertThat(answer.get("rows").get(0).get(0).asDouble()).isEqualTo(60.5);

    JsonNode trace = server.json("trace", "--query", sql);
    assertThat(trace.toString()).contains("line-01", "1.4.2");

    Path proof = folder.resolve("proof.json");
    assertThat(server.run("proof", "export", "--query", sql, "--out", proof.toString()).exitCode())
        .isZero();
    String bundle = server.data().resolve("operator/trust-bundle.json").toString();
    ServerProcess.Ran verified =
        ServerProcess.command("verify", proof.toString(), "--trust", bundle);
    assertThat(verified.exitCode()).as(verified.toString()).isZero();

    byte[] altered = Files.readAllBytes(proof);
    altered[altered.length / 2] ^= 1;
    Files.write(proof, altered);
    assertThat(ServerProcess.command("verify", proof.toString(), "--trust", bundle).exitCode())
        .isNotZero();
  }

  // It was verified with 0 records of 0 devices.
  @ParameterizedTest
  @CsvSource({"device = 'line-0l', unknown-device", "value > 1e9, nothing-to-prove"})
  void of_no_record_there_is_no_proof(String condition, String code) {
    Path proof = folder.resolve("none.json");
    String sql = "SELECT count(*) AS n FROM readings WHERE " + condition;
    ServerProcess.Ran ran = server.run("proof", "export", sql, "--output", proof.toString());
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).contains(code);
    assertThat(proof).doesNotExist();
  }

  private JsonNode queryUntil(String sql, int column, long wanted) throws InterruptedException {
    return Waiting.until(
        sql + " answers " + wanted,
        QUERYABLE_SECONDS_MAX,
        () -> server.json("query", sql),
        answer -> answer.at("/rows/0/" + column).asLong(-1) >= wanted);
  }

  // Firm ground 34
  @Test
  void a_statement_that_is_too_long_is_refused_with_the_limit() {
    String sql = "SELECT count(*) FROM readings WHERE device = '%s'";
    ServerProcess.Ran long160 = server.run("query", sql.formatted("x".repeat(160 * 1024)));
    assertThat(long160.err()).contains("sql must have at most 32768 characters");
    assertThat(long160.exitCode()).isEqualTo(2);
    ServerProcess.Ran long300 = server.run("query", sql.formatted("x".repeat(300 * 1024)));
    assertThat(long300.err()).contains("too-large", "send at most 262144 bytes");
    assertThat(long300.exitCode()).isEqualTo(1);
  }

  // IN-7
  @Test
  void a_captured_message_sent_again_is_stored_once_and_an_altered_one_refused()
      throws InterruptedException {
    TestDevice other = enroll("line-02");
    MqttConnection session = other.connect(connector, server);
    Bytes captured = TestDevice.payload(7, 61.0);
    assertThat(TestDevice.await(session.publish(other.topic(), captured, false)))
        .isInstanceOf(Delivery.Acknowledged.class);
    assertThat(other.publish(session, 7, 99.0)).isInstanceOf(Delivery.Refused.class);
    session.close();
    MqttConnection again = other.connect(connector, server);
    assertThat(TestDevice.await(again.publish(other.topic(), captured, false)))
        .isInstanceOf(Delivery.Acknowledged.class);
    assertThat(other.publish(again, 8, 62.0)).isInstanceOf(Delivery.Acknowledged.class);
    String count = "SELECT count(*) FROM readings WHERE device = 'line-02' AND value ";
    queryUntil(count + "= 62.0", 0, 1);
    assertThat(server.json("query", count + "= 61.0").get("rows").get(0).get(0).asLong())
        .isEqualTo(1);
  }

  // IN-4
  @Test
  void a_device_cannot_speak_on_the_topic_of_another() {
    TestDevice other = enroll("line-03");
    MqttConnection session = other.connect(connector, server);
    Delivery delivery =
        TestDevice.await(session.publish(device.topic(), TestDevice.payload(1, 60), false));
    assertThat(delivery).isInstanceOf(Delivery.Refused.class);
  }

  // RG-3, LC-4
  @Test
  void revoke_cuts_the_live_session_and_closes_the_door() {
    TestDevice other = enroll("line-04");
    MqttConnection session = other.connect(connector, server);
    assertThat(server.run("device", "revoke", "line-04", "--reason", "stolen").exitCode()).isZero();
    TestDevice.await(session.closed());
    assertThat(other.tryConnect(connector, server)).isNotInstanceOf(Connected.Ready.class);
    // RG-4: no way straight back.
    assertThat(server.run("device", "release", "line-04", "--reason", "found").exitCode())
        .isNotZero();
  }

  // IN-1
  @Test
  void a_device_certificate_is_refused_at_the_api() throws IOException {
    assertThat(server.run("device", "list").exitCode()).as("the operator's own").isZero();
    Path pem = folder.resolve("device-pem");
    device.writePem(pem);
    ServerProcess.Ran ran =
        server.run(
            "device",
            "list",
            "--cert",
            pem.resolve("device.crt").toString(),
            "--key",
            pem.resolve("device.key").toString());
    assertThat(ran.exitCode()).as(ran.toString()).isNotZero();
    assertThat(ran.out()).doesNotContain("line-01");
  }

  private TestDevice enroll(String name) {
    try {
      return TestDevice.enroll(server, name);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
