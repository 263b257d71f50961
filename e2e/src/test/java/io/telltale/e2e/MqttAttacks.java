package io.telltale.e2e;

import static io.telltale.testkit.MqttBytes.packet;
import static io.telltale.testkit.MqttBytes.text;

import io.telltale.fakes.TestCa;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** A registered device that breaks MQTT's rules or ours. */
final class MqttAttacks {
  private static final String CLOSED = "telltale_sessions_closed_total{cause=\"%s\"}";
  private static final Duration OFF = Duration.ofMinutes(10);

  private final ServerProcess server;
  private final TestDevice device;
  private int sequence;

  MqttAttacks(ServerProcess server, TestDevice device) {
    this.server = server;
    this.device = device;
  }

  List<Attack> protocol() {
    byte[] topic = text(device.topic());
    byte[] json = TestDevice.payload(1, 50).toArray();
    byte[] broken = {0, 3, 't', (byte) 0xc0, (byte) 0x80};
    byte[] lone = {0, 3, (byte) 0xed, (byte) 0xa0, (byte) 0x80};
    return List.of(
        ends("a remaining length of five bytes", hex("30ffffffff7f"), "81", "malformed"),
        ends("a packet far too large", hex("30ffffff7f"), "95", "too-large"),
        ends("a second CONNECT", connect(), "82", "protocol-error"),
        ends("QoS 2", packet(0x34, topic, hex("000100"), json), "9b", "qos2"),
        ends("QoS 3", packet(0x36, topic, hex("000100"), json), "81", "malformed"),
        ends("a retained message", packet(0x33, topic, hex("000100"), json), "9a", "retain"),
        ends(
            "a topic with a wildcard",
            publish("t/default/d/+/telemetry", json),
            "8[12]|90",
            "malformed"),
        ends(
            "a topic that is not UTF-8",
            packet(0x32, broken, hex("000100"), json),
            "8[12]|90",
            "malformed"),
        ends(
            "a topic with half a surrogate",
            packet(0x32, lone, hex("000100"), json),
            "8[12]|90",
            "malformed"),
        ends(
            "a packet that only servers send",
            hex("2003000000"),
            "8[12]",
            "protocol-error|malformed"),
        ends("a type that does not exist", hex("0000"), "8[12]", "malformed"),
        new Attack(
            "PUBLISH before CONNECT",
            "(e0[0-9a-f]*)? ?closed",
            CLOSED.formatted("connect-missing"),
            () -> session().send(publish(device.topic(), json)).seen()));
  }

  List<Attack> payloads() {
    String now = Long.toString(Instant.now().toEpochMilli());
    return List.of(
        refused("a payload that is not JSON", "{\"seq\":%d,", "99", "not-json"),
        refused("a payload that is JSON twice over", "{\"seq\":%d}{}", "99", "not-json"),
        refused("a payload with a member twice", "{\"seq\":%d,\"seq\":1}", "99", "not-json"),
        refused("a payload nested too deep", "[".repeat(5_000) + "%d", "99", "not-json"),
        refused(
            "a payload that violates its schema",
            "{\"seq\":%d,\"sent\":"
                + now
                + ",\"time\":"
                + now
                + ",\"values\":{\"temperature\":\"hot\"}}",
            "99",
            "schema-violation"),
        refused(
            "a reading out of its range",
            "{\"seq\":%d,\"sent\":"
                + now
                + ",\"time\":"
                + now
                + ",\"values\":{\"temperature\":1e9}}",
            "99",
            "schema-violation"),
        refused("a sequence below zero", "{\"seq\":-%d,\"sent\":1}", "99", "metadata-malformed"),
        refused("a clock ten minutes fast", shifted(OFF), "83", "sent-outside-window"),
        refused("a clock ten minutes slow", shifted(OFF.negated()), "83", "sent-outside-window"),
        topic("another device's topic", "t/default/d/good-0/telemetry", "topic-not-allowed"),
        topic("a topic of the server's", "$SYS/broker", "topic-not-allowed"),
        topic(
            "a type it may not send",
            "t/default/d/" + device.name() + "/firmware",
            "type-not-allowed|topic-not-allowed"));
  }

  private static String shifted(Duration by) {
    long sent = Instant.now().plus(by).toEpochMilli();
    return "{\"seq\":%d,\"sent\":"
        + sent
        + ",\"time\":"
        + sent
        + ",\"values\":{\"temperature\":50.0}}";
  }

  /** The session ends with a DISCONNECT of this reason. */
  private Attack ends(String name, byte[] offence, String reason, String cause) {
    return new Attack(
        name,
        "e0[0-9a-f]{2}(" + reason + ")[0-9a-f]* closed",
        CLOSED.formatted(cause),
        () -> {
          try (RawPeer peer = connected()) {
            return peer.sendWhatGoes(offence).seen();
          }
        });
  }

  /** The message gets a PUBACK of this reason, and the session goes on. */
  private Attack refused(String name, String payload, String reason, String cause) {
    String json = payload.replace("%d", Integer.toString(++sequence));
    return puback(
        name, publish(device.topic(), json.getBytes(StandardCharsets.UTF_8)), reason, cause);
  }

  private Attack topic(String name, String topic, String cause) {
    return puback(name, publish(topic, TestDevice.payload(1_000, 50).toArray()), "87", cause);
  }

  private Attack puback(String name, byte[] publish, String reason, String cause) {
    return new Attack(
        name,
        "40[0-9a-f]{2}0007" + reason + "[0-9a-f]* then d000",
        "telltale_admission_total{cause=\"%s\"}".formatted(cause),
        () -> {
          try (RawPeer peer = connected()) {
            String answer = HexFormat.of().formatHex(read(peer.send(publish)));
            return answer + " then " + HexFormat.of().formatHex(read(peer.send(hex("c000"))));
          }
        });
  }

  private RawPeer session() throws Exception {
    var material = device.material();
    return RawPeer.tls(
        server.port("mqtt"), Optional.of(new TestCa.Credential(material.key(), material.chain())));
  }

  private RawPeer connected() throws Exception {
    RawPeer peer = session().send(connect(device.name()));
    byte[] connack = read(peer);
    if (connack[0] != 0x20 || connack[3] != 0) {
      throw new AssertionError("CONNACK " + HexFormat.of().formatHex(connack));
    }
    return peer;
  }

  /** One packet of less than 16 KiB. */
  private static byte[] read(RawPeer peer) throws Exception {
    var packet = new ByteArrayOutputStream();
    packet.writeBytes(peer.in().readNBytes(2));
    byte[] head = packet.toByteArray();
    if (head.length < 2) {
      throw new AssertionError("closed");
    }
    int size = head[1];
    if (size < 0) {
      int high = peer.in().read();
      packet.write(high);
      size = (size & 0x7f) | (high << 7);
    }
    packet.writeBytes(peer.in().readNBytes(size));
    return packet.toByteArray();
  }

  static byte[] connect() {
    return connect("raw");
  }

  private static byte[] connect(String clientId) {
    return packet(0x10, text("MQTT"), hex("0502003c00"), text(clientId));
  }

  private static byte[] publish(String topic, byte[] payload) {
    return packet(0x32, text(topic), hex("000700"), payload);
  }

  private static byte[] hex(String hex) {
    return HexFormat.of().parseHex(hex);
  }
}
