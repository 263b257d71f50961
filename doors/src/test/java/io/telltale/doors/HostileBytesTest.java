package io.telltale.doors;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.doors.packet.MqttFilters;
import io.telltale.fakes.TestCa;
import java.io.ByteArrayOutputStream;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Any bytes at the MQTT handler: no exception, no leak into the log, at worst a closed channel. */
class HostileBytesTest {
  private static final Plant PLANT = new Plant();
  private static final TestCa.Credential PRESS = PLANT.device("press");

  @AfterAll
  static void close() {
    PLANT.close();
  }

  @FuzzTest
  void survives_any_bytes_after_a_connect(byte[] hostile) {
    assertThat(feed(hostile)).isTrue();
  }

  @Test
  void survives_seeded_mutations_of_good_sessions() {
    for (int seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      byte[] session = session(random);
      for (int i = random.nextInt(4); i >= 0; i--) {
        session[random.nextInt(session.length)] = (byte) random.nextInt(256);
      }
      assertThat(feed(session)).as("seed %d", seed).isTrue();
    }
  }

  private static byte[] session(Random random) {
    var bytes = new ByteArrayOutputStream();
    int version = random.nextBoolean() ? 5 : 4;
    bytes.writeBytes(RawDevice.connect(version, 60));
    for (int i = 1; i <= 3; i++) {
      bytes.writeBytes(
          RawDevice.publish(version, i, "t/default/d/press/telemetry", Plant.payload(i, i)));
    }
    bytes.writeBytes(new byte[] {(byte) 0xc0, 0, (byte) 0xe0, 0});
    return bytes.toByteArray();
  }

  /** True when the handler neither threw nor is left in doubt: it answered or closed. */
  private static boolean feed(byte[] bytes) {
    try (var door = new EmbeddedDoor(PLANT, PRESS)) {
      return door.closesAfter(bytes);
    }
  }

  // IN-10, IN-11
  @ParameterizedTest
  @CsvSource({
    "t/default/d/press/cmd/#, true",
    "t/default/d/press/cmd/+, true",
    "t/default/d/press/cmd/reboot, true",
    "t/default/d/press/cmd/, false",
    "t/default/d/press/cmd/a/b, false",
    "t/default/d/press/cmd, false",
    "t/default/d/press/#, false",
    "t/default/d/+/cmd/#, false",
    "t/default/d/press-2/cmd/#, false",
    "$share/g/t/default/d/press/cmd/#, false",
    "#, false",
    "+/+/+/+/+/+, false",
  })
  void knows_a_devices_own_command_filters(String filter, boolean own) {
    assertThat(MqttFilters.ownCommands(filter, "t/default/d/press/")).isEqualTo(own);
  }
}
