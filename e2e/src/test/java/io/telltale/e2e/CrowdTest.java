package io.telltale.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.device.Delivery;
import io.telltale.device.MqttConnector;
import io.telltale.fakes.TestCa;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Crowds of connections that hold all they can, at a server with the launcher's memory: devices
 * beside them are acknowledged, and the operator is answered (firm ground 8 and 9).
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CrowdTest {
  private static final int AT_ONCE = 40;
  private static final String BODY_HEAD =
      String.join(
          "\r\n",
          "POST /.well-known/est/simpleenroll HTTP/1.1",
          "Host: x",
          "Content-Type: application/pkcs10",
          "Content-Length: 1048576",
          "",
          "");

  private final MqttConnector connector = new MqttConnector(1);
  private final ConcurrentLinkedQueue<RawPeer> crowd = new ConcurrentLinkedQueue<>();
  private ServerProcess server;
  private Publishing good;

  @SuppressWarnings("NullAway.Init") // set in start
  CrowdTest() {}

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    server =
        ServerProcess.start(
            Launch.in(folder.resolve("data")).withJvm("-XX:MaxDirectMemorySize=256m"));
    good = Publishing.start(server, connector, List.of(TestDevice.enroll(server, "honest-0")), 10);
    good.awaitAcks(20);
  }

  @AfterEach
  void disperse() throws IOException {
    for (RawPeer peer : crowd) {
      peer.close();
    }
    crowd.clear();
  }

  @AfterAll
  void stop() {
    good.stop();
    connector.close();
    server.close();
  }

  @Test
  void unfinished_bodies_of_strangers_stop_neither_devices_nor_the_operator() throws Exception {
    byte[] bytes = new byte[BODY_HEAD.length() + 1_048_000];
    Arrays.fill(bytes, (byte) 'A');
    System.arraycopy(BODY_HEAD.getBytes(US_ASCII), 0, bytes, 0, BODY_HEAD.length());
    gather(400, () -> RawPeer.tls(server.port("enroll"), Optional.empty()), bytes);
    everybodyElseIsServed();
    assertThat(server.metric("telltale_http_est_total{cause=\"too-large\"}")).isPositive();
  }

  @Test
  void unfinished_packets_of_one_certificate_stop_nobody_else() throws Exception {
    TestDevice hydra = TestDevice.enroll(server, "hydra-0");
    gatherWith(hydra, 632, unfinishedPublish(hydra.topic()));
    everybodyElseIsServed();
    // By its head: nothing but a CONNECT comes first, and nothing so large.
    assertThat(closed("too-large") + closed("connect-missing")).isPositive();
  }

  @Test
  void connections_of_one_certificate_that_never_finish_a_connect_crowd_out_each_other()
      throws Exception {
    TestDevice hydra = TestDevice.enroll(server, "hydra-1");
    gatherWith(hydra, 100, new byte[] {0x10, 0x40, 0x00, 0x04, 'M', 'Q', 'T', 'T', 0x05});
    everybodyElseIsServed();
    assertThat(closed("crowded")).isPositive();
  }

  @Test
  void silent_connections_keep_no_new_device_out() throws Exception {
    gather(256, () -> RawPeer.tcp(server.port("mqtt")), new byte[0]);
    TestDevice late = TestDevice.enroll(server, "late-0");
    var session = late.connect(connector, server);
    assertThat(late.publish(session, 1, 50.0)).isEqualTo(new Delivery.Acknowledged());
    session.close();
    everybodyElseIsServed();
  }

  private void gatherWith(TestDevice device, int count, byte[] bytes) throws InterruptedException {
    var credential = new TestCa.Credential(device.material().key(), device.material().chain());
    gather(count, () -> RawPeer.tls(server.port("mqtt"), Optional.of(credential)), bytes);
  }

  private double closed(String cause) throws Exception {
    return server.metric("telltale_sessions_closed_total{cause=\"" + cause + "\"}");
  }

  private void everybodyElseIsServed() throws Exception {
    int cut = (int) good.sessions();
    good.awaitAcks(100);
    assertThat(server.json("status").get("sessions").asInt()).isPositive();
    assertThat(good.sessions()).as("not cut meanwhile").isEqualTo(cut);
  }

  /** A PUBLISH of 264 KiB, but for its end. */
  private static byte[] unfinishedPublish(String topic) {
    byte[] bytes = new byte[264 * 1024 - 64];
    int remaining = 264 * 1024 - 4;
    bytes[0] = 0x32;
    bytes[1] = (byte) ((remaining & 0x7f) | 0x80);
    bytes[2] = (byte) (((remaining >> 7) & 0x7f) | 0x80);
    bytes[3] = (byte) (remaining >> 14);
    bytes[5] = (byte) topic.length();
    System.arraycopy(topic.getBytes(US_ASCII), 0, bytes, 6, topic.length());
    return bytes;
  }

  private interface Opening {
    RawPeer open() throws IOException;
  }

  /** Opens {@code count} connections, some at a time, that each send {@code bytes} and stay. */
  private void gather(int count, Opening opening, byte[] bytes) throws InterruptedException {
    var threads = new ArrayList<Thread>();
    for (int i = 0; i < AT_ONCE; i++) {
      int share = count / AT_ONCE + (i < count % AT_ONCE ? 1 : 0);
      threads.add(Thread.ofVirtual().start(() -> gather(opening, bytes, share)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void gather(Opening opening, byte[] bytes, int count) {
    for (int i = 0; i < count; i++) {
      try {
        RawPeer peer = opening.open();
        crowd.add(peer);
        peer.send(bytes);
      } catch (IOException e) {
        // Refused or cut while it sent, as it may be.
      }
    }
  }
}
