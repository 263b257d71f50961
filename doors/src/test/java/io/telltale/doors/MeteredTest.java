package io.telltale.doors;

import static io.telltale.testkit.MqttBytes.packet;
import static io.telltale.testkit.MqttBytes.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a device sends is charged to it, also what is refused (firm ground 11). */
@Timeout(60)
class MeteredTest {
  private static final Plant PLANT = new Plant();
  private static final byte[] PING = {(byte) 0xc0, 0};
  private static final AtomicInteger NAMES = new AtomicInteger();
  private static final int PUBACK = 4;
  private static final int PINGRESP = 13;

  @AfterAll
  static void close() {
    PLANT.close();
  }

  /** What one packet after the other can be of, at a device that may send 20 a second. */
  enum Kind {
    PING(PINGRESP),
    SUBSCRIBE(9),
    UNSUBSCRIBE(11);

    private final int answer;

    Kind(int answer) {
      this.answer = answer;
    }

    byte[] bytes() {
      byte[] head = {0, 1, 0};
      return switch (this) {
        case PING -> MeteredTest.PING;
        case SUBSCRIBE -> packet(0x82, head, text("t/default/d/other/#"), new byte[] {0});
        case UNSUBSCRIBE -> packet(0xa2, head, text("t/default/d/other/#"));
      };
    }
  }

  private static EmbeddedDoor narrow() {
    var door =
        new EmbeddedDoor(PLANT, PLANT.device("metered-" + NAMES.incrementAndGet(), "narrow"));
    door.say(RawDevice.connect(5, 60));
    assertThat(door.answers(2)).isEqualTo(1);
    return door;
  }

  private static byte[] times(int count, byte[] packet) {
    byte[] all = new byte[count * packet.length];
    for (int i = 0; i < count; i++) {
      System.arraycopy(packet, 0, all, i * packet.length, packet.length);
    }
    return all;
  }

  @ParameterizedTest
  @EnumSource
  void a_flood_is_answered_at_the_rate_of_its_sender_and_not_read_meanwhile(Kind kind) {
    try (var door = narrow()) {
      door.say(times(1_000, kind.bytes()));
      // The burst of 64, less the CONNECT, and the one that made the debt.
      assertThat(door.answers(kind.answer)).isEqualTo(64);
      assertThat(door.reads()).isFalse();
      for (int second = 0; second < 10; second++) {
        door.pass(Duration.ofMillis(100));
        door.pass(Duration.ofMillis(900));
        assertThat(door.answers(kind.answer)).isBetween(1, 21);
        assertThat(door.reads()).isFalse();
      }
      for (int second = 0; second < 100 && !door.reads(); second++) {
        door.pass(Duration.ofSeconds(1));
      }
      assertThat(door.reads()).as("once all of it is paid").isTrue();
    }
  }

  @Test
  void who_sends_a_reading_in_an_hour_may_ask_every_second_whether_the_line_lives() {
    try (var door = narrow()) {
      for (int i = 0; i < 1_000; i++) {
        door.say(PING);
        assertThat(door.answers(PINGRESP)).isEqualTo(1);
        assertThat(door.reads()).isTrue();
        door.pass(Duration.ofSeconds(1));
      }
    }
  }

  // 264 KiB at line rate, each refused for its topic: the bytes are paid for all the same.
  @ParameterizedTest
  @ValueSource(strings = {"t/default/d/other/telemetry", "no/such/topic"})
  void large_refused_publications_cost_their_bytes(String topic) {
    try (var door = narrow()) {
      byte[] publish = RawDevice.publish(5, 1, topic, new byte[260_000]);
      door.say(publish);
      assertThat(door.answers(PUBACK)).isEqualTo(1);
      assertThat(door.reads()).isTrue();
      door.say(publish);
      assertThat(door.answers(PUBACK)).as("told that it is too much").isEqualTo(1);
      assertThat(door.reads()).isFalse();
      door.say(times(4, publish));
      assertThat(door.answers(PUBACK)).as("not read").isZero();
      door.pass(Duration.ofMillis(999));
      assertThat(door.answers(PUBACK)).as("not read").isZero();
    }
  }

  @Test
  void the_bytes_beside_topic_and_payload_count_as_well() {
    try (var door = narrow()) {
      byte[] property = properties(4, "u".repeat(60_000));
      byte[] publish = packet(0x32, text("no/such"), new byte[] {0, 1}, property);
      door.say(publish);
      assertThat(door.answers(PUBACK)).isEqualTo(1);
      door.say(publish);
      assertThat(door.reads()).isFalse();
    }
  }

  /** So many user properties of one value, with their length before them. */
  private static byte[] properties(int count, String value) {
    byte[][] parts = new byte[3 * count][];
    for (int i = 0; i < parts.length; i += 3) {
      parts[i] = new byte[] {0x26};
      parts[i + 1] = text("k");
      parts[i + 2] = text(value);
    }
    byte[] whole = packet(0, parts);
    return Arrays.copyOfRange(whole, 1, whole.length);
  }

  @Test
  void who_comes_again_after_a_broken_packet_brings_its_debt_along() throws Exception {
    var credential = PLANT.device("again-and-again", "narrow");
    long before = PLANT.count("mqtt.throttled packets");
    int broken = 0;
    // PUBLISH with QoS 3.
    while (PLANT.count("mqtt.throttled packets") == before && broken < 200) {
      try (var device = PLANT.connected(credential, 5)) {
        device.send(packet(0x36, text("no/such"), new byte[] {0, 1, 0}));
        assertThat(device.isClosedByDoor()).isTrue();
      }
      broken++;
    }
    // CONNECT and PUBLISH, at 20 packets a second after 64.
    assertThat(broken).isBetween(25, 199);
  }

  @ParameterizedTest
  @EnumSource
  void an_honest_device_beside_a_flood_is_served_as_ever(Kind kind) throws Exception {
    var flood = PLANT.device("flood-" + kind, "narrow");
    var calm = PLANT.device("calm-" + kind);
    List<Long> latencies = new ArrayList<>();
    try (var flooding = PLANT.connected(flood, 5);
        var other = PLANT.connected(calm, 5)) {
      var sender = Thread.ofVirtual().start(() -> flood(flooding, kind));
      for (int i = 1; i <= 200; i++) {
        long started = System.nanoTime();
        other.send(
            RawDevice.publish(
                5, i, "t/default/d/calm-" + kind + "/telemetry", Plant.payload(i, 1)));
        assertThat(other.read().type()).isEqualTo(PUBACK);
        latencies.add(System.nanoTime() - started);
      }
      // Its sender waits for a door that does not read: no word of goodbye gets through.
      flooding.socket().setSoLinger(true, 0);
      flooding.socket().close();
      sender.join();
    }
    assertThat(PLANT.count("mqtt.throttled packets")).isPositive();
    Plant.print("beside a flood of " + kind, latencies, System.out::println);
  }

  private static void flood(RawDevice device, Kind kind) {
    byte[] many = times(1_000, kind.bytes());
    try {
      while (true) {
        device.send(many);
      }
    } catch (IOException e) {
      // Closed by the test.
    }
  }
}
