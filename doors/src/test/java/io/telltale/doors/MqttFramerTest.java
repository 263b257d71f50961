package io.telltale.doors;

import static io.telltale.testkit.MqttBytes.packet;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;
import io.telltale.doors.packet.MqttPacket;
import io.telltale.fakes.TestCa;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** How bytes become packets, however they come (firm ground 9b). */
class MqttFramerTest {
  private static final Plant PLANT = new Plant();
  private static final TestCa.Credential PRESS = PLANT.device("press");

  @AfterAll
  static void close() {
    PLANT.close();
  }

  @Test
  void reads_the_same_in_whatever_pieces_it_comes() {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(RawDevice.connect(5, 60));
    bytes.writeBytes(RawDevice.publish(5, 1, "t/default/d/press/telemetry", new byte[200]));
    bytes.writeBytes(new byte[] {(byte) 0xc0, 0, (byte) 0xe0, 0});
    String whole = read(bytes.toByteArray(), bytes.size()).toString();
    for (int pieceBytes = 1; pieceBytes < 40; pieceBytes++) {
      assertThat(read(bytes.toByteArray(), pieceBytes).toString()).isEqualTo(whole);
    }
    assertThat(whole).contains("Connect", "Publish", "Ping", "Goodbye");
  }

  // 60,000 filters once cost their sender nothing and us a core.
  @Test
  void bytes_that_drip_in_are_read_once() {
    var filters = new ByteArrayOutputStream();
    filters.writeBytes(new byte[] {0, 1, 0});
    for (int i = 0; i < 60_000; i++) {
      filters.writeBytes(new byte[] {0, 1, 'a', 0});
    }
    var session = new ByteArrayOutputStream();
    session.writeBytes(RawDevice.connect(5, 60));
    session.writeBytes(packet(0x82, filters.toByteArray()));
    List<MqttPacket> packets = read(session.toByteArray(), 1);
    assertThat(packets).hasSize(2);
    assertThat(packets.getLast())
        .isInstanceOfSatisfying(
            MqttPacket.Broken.class,
            broken -> assertThat(broken.code()).isEqualTo(Disconnect.QUOTA_EXCEEDED));
  }

  @Test
  void counts_every_byte_of_a_packet_against_its_limit() {
    byte[] property = {0x26, 0, 1, 'a', 0, 1, 'b'};
    var publish = new ByteArrayOutputStream();
    publish.writeBytes(new byte[] {0, 1, 't'});
    int count = 40_000;
    int size = count * property.length;
    publish.writeBytes(new byte[] {(byte) (size | 0x80), (byte) (size >> 7 | 0x80)});
    publish.write(size >> 14);
    for (int i = 0; i < count; i++) {
      publish.writeBytes(property);
    }
    var session = new ByteArrayOutputStream();
    session.writeBytes(RawDevice.connect(5, 60));
    session.writeBytes(packet(0x30, publish.toByteArray()));
    assertThat(read(session.toByteArray(), 4_096).getLast())
        .isInstanceOfSatisfying(
            MqttPacket.Broken.class,
            broken -> assertThat(broken.code()).isEqualTo(Disconnect.PACKET_TOO_LARGE));
  }

  private static List<MqttPacket> read(byte[] bytes, int pieceBytes) {
    try (var door = new EmbeddedDoor(PLANT, PRESS)) {
      return door.read(bytes, pieceBytes);
    }
  }
}
