package io.telltale.doors;

import static io.telltale.doors.RawDevice.publish;
import static io.telltale.testkit.MqttBytes.packet;
import static io.telltale.testkit.MqttBytes.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Most firmware leaves a will with its CONNECT, whatever else it does (DESIGN 13.8). */
class LastWillTest {
  private static final Plant PLANT = new Plant();
  private static final int QUALITY1 = 0x08;
  private static final int QUALITY2 = 0x10;
  private static final int RETAIN = 0x20;

  @AfterAll
  static void close() {
    PLANT.close();
  }

  private static byte[] connect(int version, int flags, String topic, byte[] will) {
    byte[] none = version == 5 ? new byte[] {0} : new byte[0];
    byte[] head = {(byte) version, (byte) (0x06 | flags), 0, 60};
    byte[] size = {(byte) (will.length >> 8), (byte) will.length};
    return packet(0x10, text("MQTT"), head, none, text("raw"), none, text(topic), size, will);
  }

  private static RawDevice connected(Plant plant, String name, byte[] connect) throws Exception {
    var device = plant.raw(plant.device(name, "plug"));
    device.send(connect);
    assertThat(device.read().at(1)).isZero();
    return device;
  }

  private static byte[] offline() {
    return "Offline".getBytes(StandardCharsets.UTF_8);
  }

  private static String topic(String name) {
    return "tele/" + name + "/LWT";
  }

  private static long stored(Plant plant) {
    return plant.log.payloads().stream().filter("Offline"::equals).count();
  }

  @ParameterizedTest
  @CsvSource({"4, 0", "4, 8", "4, 32", "4, 48", "5, 0", "5, 8"})
  void a_will_is_taken_and_speaks_when_the_connection_just_ends(int version, int flags)
      throws Exception {
    String name = "gone-%d-%d".formatted(version, flags);
    long before = stored(PLANT);
    connected(PLANT, name, connect(version, flags, topic(name), offline())).close();
    Plant.eventually(() -> stored(PLANT) == before + 1);
  }

  @Test
  void who_says_that_it_goes_needs_no_will_and_may_ask_for_it() throws Exception {
    long before = stored(PLANT);
    byte[] bye = packet(0xe0);
    for (int version : new int[] {4, 5}) {
      String name = "bye-" + version;
      var device = connected(PLANT, name, connect(version, 0, topic(name), offline()));
      device.send(bye);
      assertThat(device.isClosedByDoor()).isTrue();
      device.close();
    }
    asksForItsWill("asks");
    assertThat(stored(PLANT)).isEqualTo(before);
  }

  /** Returns once its will, which is later than all before it, is stored. */
  private static void asksForItsWill(String name) throws Exception {
    byte[] asked = "Online".getBytes(StandardCharsets.UTF_8);
    long before = PLANT.log.payloads().stream().filter("Online"::equals).count();
    try (var device = connected(PLANT, name, connect(5, QUALITY1, topic(name), asked))) {
      device.send(packet(0xe0, new byte[] {0x04}));
      Plant.eventually(
          () -> PLANT.log.payloads().stream().filter("Online"::equals).count() > before);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void a_goodbye_counts_though_its_sender_was_in_debt_and_did_not_wait(int version)
      throws Exception {
    long before = stored(PLANT);
    long throttled = PLANT.count("mqtt.throttled packets");
    String name = "hasty-" + version;
    var device = connected(PLANT, name, connect(version, 0, topic(name), offline()));
    byte[] all = new byte[2 * 3_000 + 2];
    for (int i = 0; i < all.length; i += 2) {
      all[i] = (byte) 0xc0;
    }
    all[all.length - 2] = (byte) 0xe0;
    device.send(all);
    Plant.eventually(() -> PLANT.count("mqtt.throttled packets") > throttled);
    device.close();
    asksForItsWill("after-" + version);
    assertThat(stored(PLANT)).isEqualTo(before);
  }

  // In MQTT 5 the CONNACK would say that neither is offered (3.2.2.3.4 and 3.2.2.3.5).
  @ParameterizedTest
  @CsvSource({RETAIN + ", 0x9a", QUALITY2 + ", 0x9b"})
  void mqtt_5_refuses_a_will_that_asks_for_what_it_says_is_not_offered(int flags, String code)
      throws Exception {
    try (var device = PLANT.raw(PLANT.device("asking", "plug"))) {
      device.send(connect(5, flags, topic("asking"), offline()));
      assertThat(device.read().at(1)).isEqualTo(Integer.decode(code));
      assertThat(device.isClosedByDoor()).isTrue();
    }
  }

  @Test
  void a_will_says_only_what_its_device_may_say() throws Exception {
    long before = PLANT.count("mqtt.wills topic-not-allowed");
    connected(PLANT, "other", connect(4, 0, topic("somebody"), offline())).close();
    Plant.eventually(() -> PLANT.count("mqtt.wills topic-not-allowed") == before + 1);
    var refusal = PLANT.door.refusals(new DeviceId(TenantId.DEFAULT, "other")).getFirst();
    assertThat(refusal.about()).isEqualTo("will");
    assertThat(refusal.why()).isEqualTo("topic-not-allowed");
  }

  @Test
  void the_will_of_a_revoked_device_says_nothing() throws Exception {
    long before = stored(PLANT);
    var credential = PLANT.device("revoked", "plug");
    try (var device = PLANT.raw(credential)) {
      device.send(connect(4, 0, topic("revoked"), offline()));
      assertThat(device.read().at(1)).isZero();
      PLANT.revoke(credential);
      assertThat(device.isClosedByDoor()).isTrue();
    }
    Plant.eventually(() -> PLANT.count("mqtt.wills withdrawn") == 1);
    assertThat(stored(PLANT)).isEqualTo(before);
  }

  @Test
  void a_long_will_lets_its_device_in_and_is_not_kept() throws Exception {
    try (var device = connected(PLANT, "long", connect(4, 0, topic("long"), new byte[3_000]))) {
      assertThat(PLANT.count("mqtt.wills too-large")).isEqualTo(1);
      device.send((byte) 0xc0, (byte) 0);
      assertThat(device.read().first()).isEqualTo(0xd0);
    }
  }

  // Firm ground 17: 50,000 sessions with a will each are no reason to run out of memory.
  @Test
  void wills_beyond_the_room_for_them_are_not_kept() throws Exception {
    try (var plant = new Plant(MqttLimits.standard(8 << 20, 1_200), Plant.ACCEPT, 8 << 20)) {
      var first = connected(plant, "first", connect(4, 0, topic("first"), offline()));
      long one = plant.door.willBytes();
      assertThat(one).isBetween(257L, 300L);
      var second = connected(plant, "second", connect(4, 0, topic("second"), offline()));
      var third = connected(plant, "third", connect(4, 0, topic("third"), offline()));
      assertThat(plant.count("mqtt.wills no-room")).isEqualTo(1);
      assertThat(plant.door.willBytes()).isLessThan(3 * one);
      first.close();
      Plant.eventually(() -> stored(plant) == 1);
      second.send(packet(0xe0));
      Plant.eventually(() -> plant.door.willBytes() == 0);
      third.close();
      second.close();
      assertThat(stored(plant)).isEqualTo(1);
    }
  }

  @Test
  void with_the_server_no_device_has_failed() throws Exception {
    try (var plant = new Plant()) {
      var device = connected(plant, "stays", connect(4, 0, topic("stays"), offline()));
      plant.door.close();
      assertThat(device.isClosedByDoor()).isTrue();
      device.close();
      assertThat(stored(plant)).isZero();
    }
  }

  // It says so with its first word, and a broker may let go of what it keeps at any time.
  @ParameterizedTest
  @ValueSource(ints = {0x31, 0x33})
  void mqtt_3_1_1_may_ask_that_a_message_is_retained(int first) throws Exception {
    byte[] online = "Online".getBytes(StandardCharsets.UTF_8);
    try (var device =
        connected(PLANT, "kept-" + first, connect(4, RETAIN, topic("x"), offline()))) {
      byte[] publish = publish(4, 7, topic("kept-" + first), online);
      if (first == 0x33) {
        publish[0] = 0x33;
        device.send(publish);
        assertThat(device.read().body()).containsExactly(0, 7);
      } else {
        device.send(packet(first, text(topic("kept-" + first)), online));
        device.send((byte) 0xc0, (byte) 0);
        assertThat(device.read().first()).isEqualTo(0xd0);
      }
    }
    Plant.eventually(() -> PLANT.log.payloads().contains("Online"));
  }
}
