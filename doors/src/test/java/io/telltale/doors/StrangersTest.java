package io.telltale.doors;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.doors.accept.StrangerSource;
import io.telltale.fakes.TestCa;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What strangers and single devices cannot take from everybody else (firm ground 8 and 9). */
class StrangersTest {
  private static final int PACKET_PART = 200_000;

  private final List<AutoCloseable> open = new ArrayList<>();
  private Plant plant = new Plant();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open) {
      one.close();
    }
    plant.close();
  }

  private void plantWith(AcceptLimits limits) {
    plant.close();
    plant = new Plant(Plant.MQTT, limits, 16 << 20);
  }

  private void silent(int count, String from) throws IOException {
    for (int i = 0; i < count; i++) {
      var socket = new Socket();
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), plant.door.port()), 10_000);
      socket.setSoTimeout(10_000);
      open.add(socket);
    }
  }

  private void publishes(String name) throws Exception {
    try (var device = plant.connected(plant.device(name), 5)) {
      device.send(
          RawDevice.publish(5, 1, "t/default/d/" + name + "/telemetry", Plant.payload(1, 1)));
      assertThat(device.read().body()).containsExactly(0, 1);
    }
  }

  @Test
  void silent_connections_of_one_address_keep_no_other_address_out() throws Exception {
    silent(256, "127.0.0.2");
    Plant.eventually(() -> plant.door.strangers() == 64);
    publishes("elsewhere");
    // Nor was any of them cut for it: those were places of their own.
    assertThat(plant.count("connections.shed slow")).isZero();
  }

  @Test
  void behind_one_address_the_slowest_give_way_to_who_finishes_its_handshake() throws Exception {
    silent(256, "127.0.0.1");
    publishes("behind-the-same-gateway");
    assertThat(plant.count("connections.shed slow")).isPositive();
  }

  @Test
  void devices_behind_one_address_wait_for_each_other_and_all_get_in() throws Exception {
    // Fewer at once and a second than there are.
    plantWith(
        new AcceptLimits(
            1_000, 16, 2, 64, 8, 1 << 20, Duration.ofMinutes(1), Duration.ofMinutes(1)));
    var credentials = new ArrayList<TestCa.Credential>();
    for (int i = 0; i < 48; i++) {
      credentials.add(plant.device("herd-" + i));
    }
    var threads = new ArrayList<Thread>();
    for (TestCa.Credential credential : credentials) {
      threads.add(Thread.ofVirtual().start(() -> join(credential)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(plant.count("sessions.opened mqtt5")).isEqualTo(48);
    assertThat(plant.count("handshakes too-many")).isZero();
  }

  private void join(TestCa.Credential credential) {
    try (var device = plant.connected(credential, 5)) {
      device.send((byte) 0xc0, (byte) 0);
      device.read();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  // A handshake that never gets further costs us a signature all the same.
  @Test
  void one_address_gets_so_many_handshakes_and_costs_no_other_its_own() throws Exception {
    plantWith(Plant.ACCEPT.handshaking(1));
    var before = plant.device("elsewhere");
    silent(9, "127.0.0.2");
    Plant.eventually(() -> plant.door.strangers() >= 5);
    try (var device = plant.connected(before, 5)) {
      device.send((byte) 0xc0, (byte) 0);
      assertThat(device.read().first()).isEqualTo(0xd0);
    }
    Plant.eventually(() -> plant.door.strangers() == 9);
    assertThat(plant.count("handshakes too-many")).isZero();
  }

  @Test
  void a_source_may_start_five_seconds_worth_at_once_and_then_as_many_as_the_seconds_give() {
    var source = new StrangerSource(0);
    assertThat(started(source, 200, 0)).isEqualTo(1_000);
    assertThat(started(source, 200, 1_000_000_000L)).isEqualTo(200);
    assertThat(started(source, 200, 1_005_000_000L)).isEqualTo(1);
    assertThat(started(source, 200, 60_000_000_000L)).isEqualTo(1_000);
  }

  private static int started(StrangerSource source, int perSecond, long now) {
    int count = 0;
    while (source.mayStart(perSecond, now)) {
      source.started();
      count++;
    }
    return count;
  }

  @Test
  void when_all_places_are_taken_the_source_with_most_gives_way() throws Exception {
    plantWith(
        new AcceptLimits(
            100, 16, 12, 16, 1_000, 1 << 20, Duration.ofMinutes(1), Duration.ofMillis(400)));
    silent(12, "127.0.0.2");
    silent(4, "127.0.0.3");
    Plant.eventually(() -> plant.door.strangers() == 16);
    publishes("last-to-come");
    assertThat(plant.count("connections.shed slow")).isPositive();
    // The first of the twelve, not one of the four.
    assertThat(((Socket) open.getFirst()).getInputStream().read()).isEqualTo(-1);
  }

  @Test
  void one_certificate_gets_a_few_connections_however_many_it_opens() throws Exception {
    plant.close();
    plant = new Plant(patient(), Plant.ACCEPT, 16 << 20);
    var credential = plant.device("hydra");
    int number = plant.identity(credential).number();
    var tls = plant.ca.client(credential);
    // A CONNECT that never ends: nothing else is waited for before it.
    byte[] part = java.util.Arrays.copyOf(RawDevice.connect(5, 60), 10);
    for (int i = 0; i < 40; i++) {
      var device = new RawDevice(tls, plant.door.port());
      open.add(device);
      sendWhatIsTaken(device, part);
    }
    Plant.eventually(() -> plant.count("sessions.closed crowded") == 36);
    assertThat(plant.sessions.count(number)).isEqualTo(4);
    publishes("unimpressed");
  }

  @Test
  void beyond_the_share_of_unfinished_packets_the_largest_give_way() throws Exception {
    plantWith(AcceptLimits.bounded(1_000, 64, 2 << 20));
    for (int i = 0; i < 20; i++) {
      String name = "greedy-" + i;
      var device = plant.connected(plant.device(name), 5);
      open.add(device);
      sendWhatIsTaken(device, unfinished(name));
    }
    Plant.eventually(() -> plant.count("connections.shed held-bytes") > 0);
    publishes("modest");
    assertThat(plant.door.heldBytes()).isLessThanOrEqualTo(2 << 20);
  }

  /** Nobody is closed for being slow, however loaded the machine. */
  private static MqttLimits patient() {
    MqttLimits standard = Plant.MQTT;
    return new MqttLimits(
        standard.packetBytesMax(),
        standard.receiveMax(),
        Duration.ofMinutes(5),
        standard.packetMax(),
        standard.keepAliveMax(),
        standard.holdMax(),
        standard.holdBytesMax(),
        standard.willBytesMax());
  }

  /** A PUBLISH without its last bytes. */
  private static byte[] unfinished(String name) {
    byte[] whole =
        RawDevice.publish(5, 1, "t/default/d/" + name + "/telemetry", new byte[PACKET_PART]);
    return java.util.Arrays.copyOf(whole, whole.length - 1_000);
  }

  private static void sendWhatIsTaken(RawDevice device, byte[] bytes) {
    try {
      device.send(bytes);
    } catch (IOException e) {
      // Cut while it sent, as it may be.
    }
  }
}
