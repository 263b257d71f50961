package io.telltale.doors;

import static io.telltale.testkit.MqttBytes.packet;
import static io.telltale.testkit.MqttBytes.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.fakes.TestCa;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.StringJoiner;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every rule that a client can break, by its bytes, at a running door (firm ground 9c, 9d). A line
 * is a name, the first byte and the rest of a packet, and what the client sees: {@code e0/81} is a
 * DISCONNECT of 0x81, {@code 20/82} a CONNACK of 0x82, and all end with the connection closed.
 */
class MqttRulesTest {
  private static final Plant PLANT = new Plant();
  private static final String TOPIC = "t/default/d/strict/telemetry";
  private static final TestCa.Credential STRICT = PLANT.device("strict");

  @AfterAll
  static void close() {
    PLANT.close();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # SUBSCRIBE and UNSUBSCRIBE
          reserved option bit 6            | 82 | 0001 00 {cmd} 41    | e0/81
          reserved option bit 7            | 82 | 0001 00 {cmd} 81    | e0/81
          maximum QoS 3                    | 82 | 0001 00 {cmd} 03    | e0/82
          retain handling 3                | 82 | 0001 00 {cmd} 31    | e0/82
          no filter                        | 82 | 0001 00             | e0/82
          no filter to unsubscribe         | a2 | 0001 00             | e0/82
          a filter without options         | 82 | 0001 00 {cmd}       | e0/81
          a filter cut short               | 82 | 0001 00 00ff 61     | e0/81
          an empty filter                  | 82 | 0001 00 0000 01     | e0/81
          an empty filter to unsubscribe   | a2 | 0001 00 0000        | e0/81
          a wildcard within a level        | 82 | 0001 00 0003612b62 01 | e0/81
          a hash before the end            | 82 | 0001 00 0003232f61 01 | e0/81
          a filter with U+0000             | 82 | 0001 00 0003610062 01 | e0/81
          subscribe as packet 0            | 82 | 0000 00 {cmd} 01    | e0/81
          unsubscribe as packet 0          | a2 | 0000 00 {cmd}       | e0/81
          a subscription identifier        | 82 | 0001 02 0b01 {cmd} 01 | e0/a1
          a subscription identifier of 0   | 82 | 0001 02 0b00 {cmd} 01 | e0/82
          a shared subscription            | 82 | 0001 00 000a 2473686172652f672f61 01 | e0/9e
          a property of CONNECT            | 82 | 0001 05 1100000000 {cmd} 01 | e0/81
          subscribe without its flags      | 80 | 0001 00 {cmd} 01    | e0/81
          # PUBLISH
          an empty topic                   | 32 | 0000 0001 00        | e0/82
          QoS 0 with DUP                   | 38 | {topic} 00          | e0/81
          QoS 3                            | 36 | {topic} 0001 00     | e0/81
          a wildcard in the topic          | 32 | 0001 23 0001 00     | e0/81
          a topic longer than its packet   | 32 | 0100 61             | e0/81
          no room for the packet number    | 32 | {topic} 00          | e0/81
          no property length               | 32 | {topic} 0001        | e0/81
          payload format 2                 | 32 | {topic} 0001 02 0102 | e0/82
          payload format twice             | 32 | {topic} 0001 04 0101 0101 | e0/82
          a property length that cuts one  | 32 | {topic} 0001 04 0200000001 {json} | e0/81
          a property length over the end   | 32 | {topic} 0001 20 0200000001 | e0/81
          a property length of five bytes  | 32 | {topic} 0001 8080808001 | e0/81
          a property length of two for one | 32 | {topic} 0001 8000 {json} | e0/81
          a property foreign to PUBLISH    | 32 | {topic} 0001 03 210001 | e0/81
          a property that does not exist   | 32 | {topic} 0001 02 0401  | e0/81
          a property beyond all            | 32 | {topic} 0001 02 ff01  | e0/81
          message expiry twice             | 32 | {topic} 0001 0a 02000000010200000001 | e0/82
          content type twice               | 32 | {topic} 0001 08 03000161 03000161 | e0/82
          content type that is not UTF-8   | 32 | {topic} 0001 04 030001ff | e0/81
          a user property without a value  | 32 | {topic} 0001 04 26000161 | e0/81
          a wildcard in the response topic | 32 | {topic} 0001 04 0800012b | e0/82
          an empty response topic          | 32 | {topic} 0001 03 080000 | e0/82
          a subscription identifier sent   | 32 | {topic} 0001 02 0b01 | e0/82
          a topic alias                    | 32 | {topic} 0001 03 230001 | e0/94
          a topic alias and no topic       | 32 | 0000 0001 03 230001 | e0/94
          # the rest
          PINGREQ with a body              | c0 | 00                  | e0/81
          PINGREQ with flags               | c1 |                     | e0/81
          a server's PINGRESP              | d0 |                     | e0/82
          AUTH                             | f0 |                     | e0/82
          type 0                           | 00 |                     | e0/81
          DISCONNECT of a server's reason  | e0 | 8b                  | e0/82
          DISCONNECT of no reason at all   | e0 | 7f                  | e0/82
          DISCONNECT with an unasked expiry| e0 | 00 05 1100000001    | e0/82
          DISCONNECT with bytes behind     | e0 | 00 00 00            | e0/81
          DISCONNECT with flags            | e1 |                     | e0/81
          DISCONNECT with a property cut   | e0 | 00 03 110000        | e0/81
          """)
  void ends_an_mqtt_5_session_that_breaks_a_rule(
      String rule, String first, @Nullable String rest, String seen) throws Exception {
    try (var device = PLANT.connected(STRICT, 5)) {
      device.send(bytes(first, rest));
      assertThat(seen(device)).as(rule).isEqualTo(seen + " closed");
    }
  }

  /** MQTT 3.1.1 has no packet for it. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          reserved option bit 2            | 82 | 0001 {cmd} 05
          QoS 3 wanted                     | 82 | 0001 {cmd} 03
          no filter                        | 82 | 0001
          no filter to unsubscribe         | a2 | 0001
          an empty filter                  | 82 | 0001 0000 01
          a filter cut short               | 82 | 0001 00ff 61
          a wildcard within a level        | 82 | 0001 0003612b62 01
          subscribe as packet 0            | 82 | 0000 {cmd} 01
          an empty topic                   | 32 | 0000 0001
          QoS 0 with DUP                   | 38 | {topic}
          QoS 3                            | 36 | {topic} 0001
          publish as packet 0              | 32 | {topic} 0000
          a wildcard in the topic          | 32 | 0001 2b 0001
          a topic longer than its packet   | 32 | 0100 61
          a topic with U+0000              | 30 | 0003 610062
          PINGREQ with a body              | c0 | 00
          DISCONNECT with a body           | e0 | 00
          AUTH                             | f0 |
          an acknowledgement of nothing    | 40 | 0001
          """)
  void closes_an_mqtt_3_1_1_session_that_breaks_a_rule(
      String rule, String first, @Nullable String rest) throws Exception {
    try (var device = PLANT.connected(STRICT, 4)) {
      device.send(bytes(first, rest));
      assertThat(seen(device)).as(rule).isEqualTo("closed");
    }
  }

  /** All after the name and before the session: answered by a CONNACK in MQTT 5. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          receive maximum 0                | {mqtt} 05 02 003c 03 210000 {id}     | 20/82
          receive maximum twice            | {mqtt} 05 02 003c 06 210001 210001 {id} | 20/82
          maximum packet size 0            | {mqtt} 05 02 003c 05 2700000000 {id} | 20/82
          request problem information 2    | {mqtt} 05 02 003c 02 1702 {id}       | 20/82
          request response information 2   | {mqtt} 05 02 003c 02 1902 {id}       | 20/82
          authentication data alone        | {mqtt} 05 02 003c 04 16000161 {id}   | 20/82
          a property of PUBLISH            | {mqtt} 05 02 003c 02 0101 {id}       | 20/81
          a property cut short             | {mqtt} 05 02 003c 02 2100 {id}       | 20/81
          the reserved flag                | {mqtt} 05 03 003c 00 {id}            | 20/81
          will QoS without a will          | {mqtt} 05 0a 003c 00 {id}            | 20/81
          will retain without a will       | {mqtt} 05 22 003c 00 {id}            | 20/81
          will QoS 3                       | {mqtt} 05 1e 003c 00 {id} 00 000177 0000 | 20/81
          a will of another's properties   | {mqtt} 05 06 003c 00 {id} 03 210001 000177 0000 | 20/81
          a will cut short                 | {mqtt} 05 06 003c 00 {id} 00 000177 0005 | 20/81
          bytes behind the end             | {mqtt} 05 02 003c 00 {id} 00         | 20/81
          a user name that is not there    | {mqtt} 05 82 003c 00 {id}            | 20/81
          an identifier that is not UTF-8  | {mqtt} 05 02 003c 00 0001 ff         | 20/81
          no identifier                    | {mqtt} 05 02 003c 00                 | 20/81
          nothing after the version        | {mqtt} 05                            | 20/81
          the reserved flag in 3.1.1       | {mqtt} 04 03 003c {id}               |
          a password without a name        | {mqtt} 04 42 003c {id} 000170        |
          will bits without will in 3.1.1  | {mqtt} 04 0a 003c {id}               |
          bytes behind the end in 3.1.1    | {mqtt} 04 02 003c {id} 00            |
          another protocol                 | 0004 4d515454 04 02 003c {id} 00     |
          another name                     | 0004 6d717474 04 02 003c {id}        |
          the version left out             | {mqtt}                               |
          version 4 under the older name   | 0006 4d5149736470 04 02 003c {id}    | 20/01
          version 6                        | {mqtt} 06 02 003c 00 {id}            | 20/01
          a will to be retained            | {mqtt} 05 26 003c 00 {id} 00 000177 0000 | 20/9a
          a will of QoS 2                  | {mqtt} 05 16 003c 00 {id} 00 000177 0000 | 20/9b
          a will on every topic            | {mqtt} 05 06 003c 00 {id} 00 000123 0000 | 20/81
          a will without a payload in 3.1.1 | {mqtt} 04 06 003c {id} 000177   |
          an authentication method         | {mqtt} 05 02 003c 04 15000161 {id}   | 20/8c
          an empty name and a kept session | {mqtt} 04 00 003c 0000               | 20/02
          """)
  void refuses_a_connect_that_breaks_a_rule(String rule, String rest, @Nullable String seen)
      throws Exception {
    try (var device = PLANT.raw(STRICT)) {
      device.send(bytes("10", rest));
      assertThat(seen(device)).as(rule).isEqualTo(seen == null ? "closed" : seen + " closed");
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a padded length in MQTT 5        | 5 | c08000       | e0/81 closed
          a padded length in MQTT 3.1.1    | 4 | c08000 e000  | d0 closed
          a length of five bytes           | 5 | 3080808080   | e0/81 closed
          a length of five bytes           | 4 | 3080808080   | closed
          a packet far too large           | 5 | 30ffffff7f   | e0/95 closed
          one byte more than allowed       | 5 | 30fdbf10     | e0/95 closed
          a first byte that fits no packet | 5 | 47           | e0/81 closed
          """)
  void judges_a_packet_by_its_head_alone(String rule, int version, String hex, String seen)
      throws Exception {
    try (var device = PLANT.connected(STRICT, version)) {
      device.send(HexFormat.of().parseHex(hex.replace(" ", "")));
      assertThat(seen(device)).as(rule).isEqualTo(seen);
    }
  }

  // Firm ground 9b: nothing large before CONNECT, and no wait for the rest of it.
  @Test
  void refuses_a_large_connect_by_its_length_alone() throws Exception {
    try (var device = PLANT.raw(STRICT)) {
      device.send((byte) 0x10, (byte) 0xfe, (byte) 0x1f);
      assertThat(seen(device)).isEqualTo("closed");
    }
    try (var device = PLANT.raw(STRICT)) {
      byte[] name = new byte[3_900];
      Arrays.fill(name, (byte) 'x');
      device.send(
          packet(
              0x10,
              text("MQTT"),
              new byte[] {5, 2, 0, 60, 0},
              text(new String(name, StandardCharsets.US_ASCII))));
      assertThat(device.read().at(1)).as("one of nearly 4 KiB").isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"64, 90", "65, e0/97"})
  void takes_so_many_filters_and_user_properties_and_no_more(int count, String seen)
      throws Exception {
    try (var device = PLANT.connected(STRICT, 5)) {
      device.send(bytes("82", "0001 00" + "00016100".repeat(count)));
      device.send((byte) 0xe0, (byte) 0);
      assertThat(seen(device)).isEqualTo(seen + " closed");
    }
    String property = "260001610000".repeat(count);
    int size = property.length() / 2;
    String length = "%02x%02x".formatted((size & 0x7f) | 0x80, size >> 7);
    try (var device = PLANT.connected(STRICT, 5)) {
      device.send(bytes("30", "{topic}" + length + property + "{json}"));
      device.send((byte) 0xe0, (byte) 0);
      assertThat(seen(device)).isEqualTo(count == 64 ? "closed" : "e0/97 closed");
    }
  }

  // Answers that fit their receiver (firm ground 9c)

  @Test
  void answers_no_goodbye() throws Exception {
    for (int version : new int[] {4, 5}) {
      try (var device = PLANT.connected(STRICT, version)) {
        device.send((byte) 0xe0, (byte) 0);
        assertThat(seen(device)).isEqualTo("closed");
      }
    }
    for (String goodbye : new String[] {"04", "00 00", "80 04 1f000162", "00 05 1100000000"}) {
      try (var device = PLANT.connected(STRICT, 5)) {
        device.send(bytes("e0", goodbye));
        assertThat(seen(device)).as(goodbye).isEqualTo("closed");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"2, closed", "4, closed", "5, 20/83 closed", "28, 20/83 closed", "29, 20/00"})
  void sends_no_connack_larger_than_the_client_takes(int bytesMax, String seen) throws Exception {
    try (var device = PLANT.raw(STRICT)) {
      device.send(connect("27%08x".formatted(bytesMax)));
      if (seen.endsWith("closed")) {
        assertThat(seen(device)).isEqualTo(seen);
      } else {
        assertThat(device.read().body()).hasSize(29 - 2);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'', true",
    "2700000028, false",
    "1701, true",
    "1700, false",
  })
  void gives_a_reason_in_words_only_where_it_is_wanted_and_fits(String properties, boolean words)
      throws Exception {
    try (var device = PLANT.raw(STRICT)) {
      device.send(connect(properties));
      assertThat(device.read().at(1)).isZero();
      device.send(bytes("32", "{other} 0001 00 {json}"));
      var puback = device.read();
      assertThat(puback.first()).isEqualTo(0x40);
      assertThat(puback.at(2)).isEqualTo(0x87);
      assertThat(puback.body().length).isEqualTo(words ? 4 + 3 + puback.at(6) : 4);
    }
  }

  @Test
  void says_in_a_disconnect_why_even_to_who_wants_no_words_elsewhere() throws Exception {
    try (var device = PLANT.raw(STRICT)) {
      device.send(connect("1700"));
      assertThat(device.read().at(1)).isZero();
      device.send(bytes("34", "{topic} 0001 00 {json}"));
      var end = device.read();
      assertThat(end.at(0)).isEqualTo(0x9b);
      assertThat(new String(end.body(), StandardCharsets.UTF_8)).endsWith("QoS 0 and 1 only");
    }
  }

  @Test
  void ends_a_session_whose_answer_would_not_fit() throws Exception {
    try (var device = PLANT.raw(STRICT)) {
      device.send(connect("2700000028"));
      assertThat(device.read().at(1)).isZero();
      device.send(bytes("82", "0001 00" + "00016100".repeat(36)));
      assertThat(device.read().first()).isEqualTo(0xe0);
    }
  }

  @Test
  void an_mqtt_3_1_1_unsuback_has_no_codes() throws Exception {
    try (var device = PLANT.connected(STRICT, 4)) {
      device.send(bytes("82", "0001 {cmd} 01 000161 00"));
      assertThat(hex(device.read().body())).isEqualTo("0001" + "01" + "80");
      device.send(bytes("a2", "0002 {cmd} 000161"));
      assertThat(hex(device.read().body())).isEqualTo("0002");
    }
  }

  @Test
  void answers_what_came_before_the_end_and_then_says_why() throws Exception {
    var credential = PLANT.device("eager");
    String topic = hex(text("t/default/d/eager/telemetry"));
    var flood = new ByteArrayOutputStream();
    for (int i = 1; i <= 199; i++) {
      flood.writeBytes(bytes("32", topic + "%04x00".formatted(i) + hex(Plant.payload(i, 1))));
    }
    PLANT.log.stall = true;
    try (var device = PLANT.connected(credential, 5)) {
      device.send(flood.toByteArray());
      Plant.eventually(() -> PLANT.count("mqtt.refused receive-maximum") == 1);
      PLANT.log.release();
      for (int i = 1; i <= 64; i++) {
        var puback = device.read();
        assertThat(puback.first()).isEqualTo(0x40);
        assertThat(puback.at(1)).isEqualTo(i);
      }
      assertThat(seen(device)).isEqualTo("e0/93 closed");
    } finally {
      PLANT.log.release();
    }
    for (int version : new int[] {4, 5}) {
      try (var device = PLANT.connected(credential, version)) {
        var good = new ByteArrayOutputStream();
        String properties = version == 5 ? "00" : "";
        int number = 300 + version;
        good.writeBytes(bytes("32", topic + "0001" + properties + hex(Plant.payload(number, 1))));
        good.writeBytes(new byte[] {0, 0});
        device.send(good.toByteArray());
        assertThat(seen(device)).isEqualTo(version == 5 ? "40 e0/81 closed" : "40 closed");
      }
    }
  }

  private static byte[] connect(String properties) {
    return bytes(
        "10", "{mqtt} 05 02 003c %02x %s {id}".formatted(properties.length() / 2, properties));
  }

  /** {@code 32} and the rest in hexadecimal; names in braces stand for what they say. */
  private static byte[] bytes(String first, @Nullable String rest) {
    String hex =
        (rest == null ? "" : rest)
            .replace("{mqtt}", hex(text("MQTT")))
            .replace("{id}", hex(text("raw")))
            .replace("{topic}", hex(text(TOPIC)))
            .replace("{other}", hex(text("t/default/d/other/telemetry")))
            .replace("{cmd}", hex(text("t/default/d/strict/cmd/#")))
            .replace("{json}", hex(Plant.payload(1, 1)))
            .replace(" ", "");
    return packet(Integer.parseInt(first, 16), HexFormat.of().parseHex(hex));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** All packets until the door closes: the first byte of each, and the code where it says no. */
  private static String seen(RawDevice device) throws IOException {
    var seen = new StringJoiner(" ");
    try {
      while (true) {
        var packet = device.read();
        String first = "%02x".formatted(packet.first());
        seen.add(
            switch (packet.type()) {
              case 2 -> first + "/%02x".formatted(packet.at(1));
              case 14 -> first + "/%02x".formatted(packet.at(0));
              default -> first;
            });
      }
    } catch (EOFException | SocketException | SSLException e) {
      return seen.add("closed").toString();
    }
  }
}
