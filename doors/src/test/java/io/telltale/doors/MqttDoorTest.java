package io.telltale.doors;

import static io.telltale.doors.RawDevice.connect;
import static io.telltale.doors.RawDevice.publish;
import static io.telltale.testkit.MqttBytes.packet;
import static io.telltale.testkit.MqttBytes.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.admission.RefusalReason;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the door answers, byte for byte, over real TLS. */
class MqttDoorTest {
  private static final Plant PLANT = new Plant();
  private static final String TOPIC = "t/default/d/%s/telemetry";
  private static final int PUBACK = 4;
  private static final int SUBACK = 9;
  private static final int DISCONNECT = 14;

  @AfterAll
  static void close() {
    PLANT.close();
  }

  // IN-2, IN-3
  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void acknowledges_a_stored_reading(int version) throws Exception {
    String name = "stored-" + version;
    try (var device = PLANT.connected(PLANT.device(name), version)) {
      device.send(publish(version, 7, TOPIC.formatted(name), Plant.payload(1, 20)));
      var ack = device.read();
      assertThat(ack.type()).isEqualTo(PUBACK);
      assertThat(ack.body()).containsExactly(0, 7);
    }
  }

  @Test
  void tells_a_v5_client_the_terms_of_the_session() throws Exception {
    try (var device = PLANT.raw(PLANT.device("terms"))) {
      device.send(connect(5, 0));
      String connack = hex(device.read().body());
      assertThat(connack).as("session expiry 0").contains("1100000000");
      assertThat(connack).as("receive maximum 64").contains("210040");
      assertThat(connack).as("maximum QoS 1").contains("2401");
      assertThat(connack).as("retain not available").contains("2500");
      assertThat(connack).as("maximum packet size 270336").contains("2700042000");
      assertThat(connack).as("topic alias maximum 0").contains("220000");
      assertThat(connack).as("server keep alive 1200 s").contains("1304b0");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "t/default/d/other/telemetry, 20, 0x87",
    "t/default/d/codes/alarm, 20, 0x87",
    "t/default/d/codes/telemetry, 900, 0x99",
    "t/default/d/codes/telemetry, NaN, 0x99",
    "t/default/d/codes/telemetry, -41, 0x99",
  })
  void answers_a_refusal_with_its_reason_code_and_lives_on(String topic, String value, String code)
      throws Exception {
    try (var device = PLANT.connected(PLANT.device("codes"), 5)) {
      byte[] payload =
          new String(Plant.payload(5, 0), StandardCharsets.UTF_8)
              .replace("0.0", value)
              .getBytes(StandardCharsets.UTF_8);
      device.send(publish(5, 1, topic, payload));
      var ack = device.read();
      assertThat(ack.type()).isEqualTo(PUBACK);
      assertThat(ack.at(2)).isEqualTo(Integer.decode(code));
      device.send(publish(5, 2, TOPIC.formatted("codes"), Plant.payload(6, 1)));
      assertThat(device.read().body()).containsExactly(0, 2);
    }
  }

  // Firm ground 33: its type is not in the policy any more, and nothing said so.
  @Test
  void a_device_whose_type_the_policy_does_not_have_is_told_of_to_who_looks_after_it()
      throws Exception {
    try (var device = PLANT.raw(PLANT.device("gone", "lathe"))) {
      Plant.eventually(() -> !refusals("gone").isEmpty());
      assertThat(refusals("gone")).containsExactly("mqtt connect no-policy");
      assertThat(device.isClosedByDoor()).isTrue();
    }
  }

  // Firm ground 27: within the schema, outside the field's range; it was acknowledged and lost.
  // MQTT 3.1.1 has no word for it: who looks after the device reads what MQTT 5 would have said.
  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void says_why_a_value_cannot_be_stored_to_the_device_and_to_who_looks_after_it(int version)
      throws Exception {
    String name = "ranged-" + version;
    try (var device = PLANT.connected(PLANT.device(name), version)) {
      device.send(publish(version, 1, TOPIC.formatted(name), Plant.payload(1, -41)));
      var id = new DeviceId(TenantId.DEFAULT, name);
      Plant.eventually(() -> !PLANT.door.refusals(id).isEmpty());
      LastRefusals.Refusal refusal = PLANT.door.refusals(id).getFirst();
      assertThat(refusal.why()).isEqualTo("value-out-of-range");
      assertThat(refusal.text()).isEqualTo("t: " + RefusalReason.VALUE_OUT_OF_RANGE.sentence());
      if (version == 5) {
        var ack = device.read();
        assertThat(ack.at(2)).isEqualTo(0x99);
        assertThat(new String(ack.body(), StandardCharsets.UTF_8))
            .contains(refusal.why() + ": " + refusal.text());
      }
    }
  }

  // IN-7
  @Test
  void answers_a_reading_sent_again_marked_or_not_and_refuses_a_fork() throws Exception {
    try (var device = PLANT.connected(PLANT.device("replay"), 5)) {
      byte[] payload = Plant.payload(1, 20);
      String topic = TOPIC.formatted("replay");
      device.send(publish(5, 1, topic, payload));
      assertThat(device.read().body()).containsExactly(0, 1);
      device.send(publish(5, 2, topic, payload));
      assertThat(device.read().body()).containsExactly(0, 2);
      byte[] resent = publish(5, 3, topic, payload);
      resent[0] |= 0x08;
      device.send(resent);
      assertThat(device.read().body()).containsExactly(0, 3);
      device.send(publish(5, 4, topic, Plant.payload(1, 21)));
      assertThat(device.read().at(2)).isEqualTo(0x83);
      Plant.eventually(
          () -> PLANT.events.stream().anyMatch(one -> one.type().equals("incident.fork")));
    }
  }

  // Firm ground 33: a client that resends without DUP after a reconnect was closed, for ever.
  @Test
  void an_old_client_may_send_the_same_again_after_a_reconnect_without_dup() throws Exception {
    var identity = PLANT.device("again");
    byte[] sent = publish(4, 1, TOPIC.formatted("again"), Plant.payload(1, 20));
    for (int connection = 0; connection < 3; connection++) {
      try (var device = PLANT.connected(identity, 4)) {
        device.send(sent);
        assertThat(device.read().body()).containsExactly(0, 1);
      }
    }
  }

  @Test
  void an_old_client_is_closed_rather_than_told_a_lie() throws Exception {
    try (var device = PLANT.connected(PLANT.device("old"), 4)) {
      device.send(publish(4, 1, "t/default/d/other/telemetry", Plant.payload(1, 20)));
      assertThat(device.isClosedByDoor()).isTrue();
    }
  }

  @Test
  void acknowledges_in_the_order_of_the_messages() throws Exception {
    try (var device = PLANT.connected(PLANT.device("order"), 5)) {
      String topic = TOPIC.formatted("order");
      PLANT.log.stall = true;
      device.send(publish(5, 1, topic, Plant.payload(1, 20)));
      device.send(publish(5, 2, topic, "{".getBytes(StandardCharsets.UTF_8)));
      device.send(publish(5, 3, topic, Plant.payload(2, 20)));
      Plant.eventually(() -> PLANT.count("admission not-json") > 0);
      PLANT.log.release();
      assertThat(device.read().at(1)).isEqualTo(1);
      assertThat(device.read().at(1)).isEqualTo(2);
      PLANT.log.release();
      assertThat(device.read().at(1)).isEqualTo(3);
    } finally {
      PLANT.log.release();
    }
  }

  @Test
  void ignores_a_bad_qos_0_message_and_lives_on() throws Exception {
    try (var device = PLANT.connected(PLANT.device("quiet"), 5)) {
      device.send(packet(0x30, text("t/default/d/x/y"), new byte[] {0}, new byte[] {1}));
      device.send(
          packet(0x30, text(TOPIC.formatted("quiet")), new byte[] {0}, Plant.payload(1, 3)));
      device.send((byte) 0xc0, (byte) 0);
      assertThat(device.read().first()).isEqualTo(0xd0);
      Plant.eventually(
          () -> PLANT.log.payloads().stream().anyMatch(one -> one.contains("\"t\":3.0")));
    }
  }

  /** Firm ground 1: 2^63-1 once held its event loop for good. */
  @ParameterizedTest
  @CsvSource({
    "9223372036854775807",
    "9223372036854775808",
    "9007199254740992",
    "18446744073709551615",
    "-1",
    "-0",
    "+1",
    "01",
    "1.0",
    "1e3",
    "' 1'",
    "0x1",
    "\u0661",
    "''"
  })
  void refuses_a_seq_or_sent_beside_the_payload_that_is_not_a_plain_number(String number)
      throws Exception {
    try (var device = PLANT.connected(PLANT.device("beside"), 5)) {
      String now = Long.toString(System.currentTimeMillis());
      device.send(beside(1, "beside", now, "seq", number));
      assertThat(device.read().at(2)).isEqualTo(0x99);
      device.send(beside(2, "beside", now, "sent", number));
      assertThat(device.read().at(2)).isEqualTo(0x99);
      device.send((byte) 0xc0, (byte) 0);
      assertThat(device.read().first()).as("the loop goes on").isEqualTo(0xd0);
    }
  }

  /** Firm ground 34: the schema asks for sent, and the payload has neither. */
  @Test
  void takes_seq_and_sent_beside_a_payload_whose_schema_asks_for_them() throws Exception {
    try (var device = PLANT.connected(PLANT.device("aside"), 5)) {
      String now = Long.toString(System.currentTimeMillis());
      byte[] properties =
          join(
              new byte[] {0x26},
              text("seq"),
              text("9007199254740991"),
              new byte[] {0x26},
              text("sent"),
              text(now));
      device.send(
          packet(
              0x32,
              text(TOPIC.formatted("aside")),
              new byte[] {0, 1, (byte) properties.length},
              properties,
              "{\"time\":%s,\"values\":{\"t\":1}}"
                  .formatted(now)
                  .getBytes(StandardCharsets.UTF_8)));
      assertThat(hex(device.read().body())).isEqualTo("0001");
    }
  }

  /** Firm ground 33: where the protocol has no word for it, and no trace of what was sent. */
  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void remembers_what_a_device_was_refused_and_why(int version) throws Exception {
    String name = "heard-" + version;
    var credential = PLANT.device(name);
    for (String topic : new String[] {"t/default/d/other/telemetry", TOPIC.formatted(name)}) {
      try (var device = PLANT.connected(credential, version)) {
        device.send(publish(version, 1, topic, "{\"secret\":".getBytes(StandardCharsets.UTF_8)));
        Plant.eventually(() -> !refusals(name).isEmpty() && refused(name, topic));
      }
    }
    try (var device = PLANT.raw(credential)) {
      device.send(packet(0x10, text("MQTT"), new byte[] {(byte) version, 3, 0, 60}, text("x")));
      assertThat(device.isClosedByDoor()).isTrue();
    }
    String protocol = version == 5 ? "mqtt5" : "mqtt3.1.1";
    Plant.eventually(() -> refusals(name).size() == 3);
    assertThat(refusals(name).reversed())
        .containsExactly(
            protocol + " foreign-topic topic-not-allowed",
            protocol + " telemetry not-json",
            protocol + " connect malformed");
    assertThat(PLANT.door.refusals(new DeviceId(TenantId.DEFAULT, name)))
        .filteredOn(one -> !one.why().equals("malformed"))
        .hasSize(2)
        .allMatch(one -> one.text().length() > 10);
  }

  private static boolean refused(String name, String topic) {
    return refusals(name).getFirst().contains(topic.contains(name) ? "telemetry" : "foreign");
  }

  private static List<String> refusals(String name) {
    var device = new DeviceId(TenantId.DEFAULT, name);
    return PLANT.door.refusals(device).stream()
        .map(one -> one.protocol() + " " + one.about() + " " + one.why())
        .toList();
  }

  /** A PUBLISH whose payload lacks seq, with one user property. */
  private static byte[] beside(int packet, String device, String now, String name, String value) {
    byte[] property = join(new byte[] {0x26}, text(name), text(value));
    return packet(
        0x32,
        text(TOPIC.formatted(device)),
        new byte[] {0, (byte) packet, (byte) property.length},
        property,
        "{\"sent\":%s,\"time\":%s,\"values\":{\"t\":1}}"
            .formatted(now, now)
            .getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] join(byte[]... parts) {
    var all = new java.io.ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  // IN-10
  @Test
  void grants_subscriptions_to_own_commands_only() throws Exception {
    try (var device = PLANT.connected(PLANT.device("sub"), 5)) {
      device.send(
          packet(
              0x82,
              new byte[] {0, 9, 0},
              text("t/default/d/sub/cmd/#"),
              new byte[] {1},
              text("t/default/d/other/cmd/#"),
              new byte[] {1},
              text("#"),
              new byte[] {0},
              text("t/default/d/sub/telemetry"),
              new byte[] {0}));
      var suback = device.read();
      assertThat(suback.type()).isEqualTo(SUBACK);
      assertThat(hex(suback.body())).isEqualTo("0009" + "00" + "01878787");
    }
  }

  /** Each breaks a rule of its own; the code is the DISCONNECT's in MQTT 5. */
  @ParameterizedTest
  @CsvSource({
    "qos 2, 0x9b",
    "retain, 0x9a",
    "topic alias, 0x94",
    "second connect, 0x82",
    "stray puback, 0x82",
    "malformed flags, 0x81",
    "too large, 0x95",
    "zero packet id, 0x81",
    "wildcard topic, 0x81",
  })
  void ends_a_session_that_breaks_the_protocol_and_says_why(String rule, String code)
      throws Exception {
    try (var device = PLANT.connected(PLANT.device("rules"), 5)) {
      device.send(offence(rule));
      var end = device.read();
      assertThat(end.type()).isEqualTo(DISCONNECT);
      assertThat(end.at(0)).as(rule).isEqualTo(Integer.decode(code));
      assertThat(device.isClosedByDoor()).isTrue();
    }
  }

  private static byte[] offence(String rule) {
    byte[] topic = text(TOPIC.formatted("rules"));
    return switch (rule) {
      case "qos 2" -> packet(0x34, topic, new byte[] {0, 1, 0}, new byte[] {'{', '}'});
      case "retain" -> packet(0x31, topic, new byte[] {0}, new byte[] {'{', '}'});
      case "topic alias" -> packet(0x30, topic, new byte[] {3, 0x23, 0, 1}, new byte[] {'{', '}'});
      case "second connect" -> connect(5, 60);
      case "stray puback" -> packet(0x40, new byte[] {0, 1});
      case "malformed flags" -> packet(0x83, new byte[] {0, 1, 0}, text("x"), new byte[] {0});
      // Only its beginning: the door ends the session before the rest has come.
      case "too large" -> Arrays.copyOf(packet(0x30, topic, new byte[300 * 1024]), 1_000);
      case "zero packet id" -> packet(0x32, topic, new byte[] {0, 0, 0}, new byte[] {'{', '}'});
      case "wildcard topic" -> packet(0x30, text("t/#"), new byte[] {0}, new byte[] {'{', '}'});
      default -> throw new IllegalArgumentException(rule);
    };
  }

  @Test
  void refuses_a_flood_beyond_the_receive_maximum() throws Exception {
    try (var device = PLANT.connected(PLANT.device("flood"), 5)) {
      PLANT.log.stall = true;
      for (int i = 1; i <= 65; i++) {
        device.send(publish(5, i, TOPIC.formatted("flood"), Plant.payload(i, 1)));
      }
      var end = device.read();
      assertThat(end.type()).isEqualTo(DISCONNECT);
      assertThat(end.at(0)).isEqualTo(0x93);
    } finally {
      PLANT.log.release();
    }
  }

  @ParameterizedTest
  @CsvSource({"auth method, 0x8c", "version 3, 0x01", "version 9, 0x01"})
  void refuses_a_connect_that_asks_for_what_is_not_offered(String wish, String code)
      throws Exception {
    byte[] connect =
        switch (wish) {
          case "auth method" ->
              packet(0x10, text("MQTT"), new byte[] {5, 2, 0, 60, 4, 0x15}, text("x"), text("id"));
          case "version 3" -> packet(0x10, text("MQIsdp"), new byte[] {3, 2, 0, 60}, text("id"));
          default -> packet(0x10, text("MQTT"), new byte[] {9, 2, 0, 60}, text("id"));
        };
    try (var device = PLANT.raw(PLANT.device("wishes"))) {
      device.send(connect);
      var connack = device.read();
      assertThat(connack.type()).isEqualTo(2);
      assertThat(connack.at(1)).as(wish).isEqualTo(Integer.decode(code));
      assertThat(device.isClosedByDoor()).isTrue();
    }
  }

  @Test
  void closes_who_publishes_before_connecting_or_talks_something_else() throws Exception {
    var credential = PLANT.device("stranger");
    try (var device = PLANT.raw(credential)) {
      device.send(publish(5, 1, TOPIC.formatted("stranger"), Plant.payload(1, 1)));
      assertThat(device.isClosedByDoor()).isTrue();
    }
    try (var device = PLANT.raw(credential)) {
      device.send("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(device.isClosedByDoor()).isTrue();
    }
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
