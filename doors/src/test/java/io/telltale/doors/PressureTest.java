package io.telltale.doors;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What happens when more comes than the log takes (IN-9), or the log takes nothing. */
class PressureTest {
  private static final long IN_FLIGHT_MAX = 64 * 1024;
  private Plant plant = new Plant(Plant.MQTT, Plant.ACCEPT, IN_FLIGHT_MAX);

  @AfterEach
  void close() {
    plant.log.release();
    plant.close();
  }

  @Test
  void a_stalled_log_stops_the_reading_and_loses_nothing_acknowledged() throws Exception {
    int devices = 8;
    int each = 1_000;
    plant.log.stall = true;
    var acked = new AtomicInteger();
    var threads = new ArrayList<Thread>();
    var senders = new ArrayList<Thread>();
    var open = new ArrayList<RawDevice>();
    for (int d = 0; d < devices; d++) {
      String name = "pressed-" + d;
      RawDevice device = plant.connected(plant.device(name), 4);
      open.add(device);
      Thread sender = Thread.ofVirtual().start(() -> send(device, name, each));
      senders.add(sender);
      threads.add(sender);
      threads.add(Thread.ofVirtual().start(() -> countAcks(device, each, acked)));
    }
    // Nobody gets rid of more than the buffers on the way hold.
    Plant.eventually(
        () -> plant.log.isStalling() && senders.stream().allMatch(PressureTest::isStuckOrDone));
    assertThat(acked).hasValue(0);
    System.gc();
    var runtime = Runtime.getRuntime();
    System.out.printf(
        "stalled log: heap %d KiB, %d devices x %d messages waiting%n",
        (runtime.totalMemory() - runtime.freeMemory()) / 1024, devices, each);
    plant.log.release();
    Plant.eventually(() -> acked.get() == devices * each);
    assertThat(plant.log.payloads()).hasSize(devices * each);
    for (Thread thread : threads) {
      thread.join();
    }
    for (RawDevice device : open) {
      device.close();
    }
  }

  private static boolean isStuckOrDone(Thread sender) {
    return sender.getState() == Thread.State.WAITING || !sender.isAlive();
  }

  private static void send(RawDevice device, String name, int count) {
    try {
      for (int i = 1; i <= count; i++) {
        device.send(
            RawDevice.publish(
                4, i, "t/default/d/" + name + "/telemetry", Plant.payload(i, i % 50)));
      }
    } catch (java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void countAcks(RawDevice device, int count, AtomicInteger acked) {
    try {
      for (int i = 0; i < count; i++) {
        device.read();
        acked.incrementAndGet();
      }
    } catch (java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }

  // IN-9: of those on one loop, whoever has most in flight waits first.
  @Test
  void a_quiet_device_is_read_while_a_busy_one_waits_for_the_log() throws Exception {
    plant.log.stall = true;
    var acked = new AtomicInteger();
    var senders = new ArrayList<Thread>();
    try (var first = plant.connected(plant.device("busy-0"), 4);
        var second = plant.connected(plant.device("busy-1"), 4);
        var quiet = plant.connected(plant.device("quiet-0"), 4);
        var other = plant.connected(plant.device("quiet-1"), 4)) {
      List<RawDevice> busy = List.of(first, second);
      for (int i = 0; i < busy.size(); i++) {
        RawDevice device = busy.get(i);
        String name = "busy-" + i;
        senders.add(Thread.ofVirtual().start(() -> send(device, name, 1_000)));
        Thread.ofVirtual().start(() -> countAcks(device, 1_000, acked));
      }
      Plant.eventually(
          () -> plant.log.isStalling() && senders.stream().allMatch(PressureTest::isStuckOrDone));
      int before = plant.log.appends();

      send(quiet, "quiet-0", 1);
      send(other, "quiet-1", 1);
      Plant.eventually(() -> plant.log.appends() >= before + 2);

      plant.log.release();
      assertThat(quiet.read().body()).containsExactly(0, 1);
      assertThat(other.read().body()).containsExactly(0, 1);
      Plant.eventually(() -> acked.get() == 2_000);
    }
  }

  @Test
  void an_old_client_waits_through_an_outage_without_noticing() throws Exception {
    plant.log.available = false;
    try (var device = plant.connected(plant.device("patient"), 4)) {
      for (int i = 1; i <= 5; i++) {
        device.send(RawDevice.publish(4, i, "t/default/d/patient/telemetry", Plant.payload(i, i)));
      }
      Plant.eventually(() -> plant.count("admission unavailable") >= 5);
      assertThat(plant.door.refusals(new DeviceId(TenantId.DEFAULT, "patient")))
          .first()
          .satisfies(one -> assertThat(one.text()).endsWith("the log is not available"));
      plant.log.available = true;
      for (int i = 1; i <= 5; i++) {
        assertThat(device.read().body()).containsExactly(0, i);
      }
      assertThat(plant.log.payloads()).hasSize(5);
    }
  }

  // Each of many devices may have a message of 256 KiB that waits: together they get a share.
  @Test
  void what_waits_of_old_clients_is_bounded_and_comes_again() throws Exception {
    plant.close();
    plant = new Plant(MqttLimits.standard(4_000, 8 << 20), Plant.ACCEPT, IN_FLIGHT_MAX);
    plant.log.available = false;
    try (var first = plant.connected(plant.device("waits"), 4);
        var second = plant.connected(plant.device("turned-away"), 4)) {
      first.send(RawDevice.publish(4, 1, "t/default/d/waits/telemetry", large(1)));
      Plant.eventually(() -> plant.door.waitingBytes() > 1_000);
      second.send(RawDevice.publish(4, 1, "t/default/d/turned-away/telemetry", large(1)));
      assertThat(second.isClosedByDoor()).isTrue();
      assertThat(plant.count("sessions.closed hold-full")).isEqualTo(1);
      assertThat(plant.door.waitingBytes()).isLessThan(2_000);
      plant.log.available = true;
      assertThat(first.read().body()).containsExactly(0, 1);
    }
    try (var again = plant.connected(plant.device("turned-away"), 4)) {
      again.send(RawDevice.publish(4, 1, "t/default/d/turned-away/telemetry", large(1)));
      assertThat(again.read().body()).containsExactly(0, 1);
    }
    assertThat(plant.door.waitingBytes()).isZero();
  }

  private static byte[] large(int sequence) {
    byte[] small = Plant.payload(sequence, 1);
    byte[] large = java.util.Arrays.copyOf(small, 1_000);
    java.util.Arrays.fill(large, small.length, large.length, (byte) ' ');
    return large;
  }

  @Test
  void an_old_client_survives_a_failed_append() throws Exception {
    plant.log.fail = true;
    try (var device = plant.connected(plant.device("retried"), 4)) {
      device.send(RawDevice.publish(4, 1, "t/default/d/retried/telemetry", Plant.payload(1, 1)));
      Plant.eventually(() -> plant.count("admission unavailable") >= 1);
      plant.log.fail = false;
      assertThat(device.read().body()).containsExactly(0, 1);
    }
  }

  @Test
  void a_v5_client_is_told_to_retry_while_nothing_can_be_stored() throws Exception {
    plant.log.available = false;
    try (var device = plant.connected(plant.device("impatient"), 5)) {
      device.send(RawDevice.publish(5, 1, "t/default/d/impatient/telemetry", Plant.payload(1, 1)));
      assertThat(device.read().at(2)).isEqualTo(0x80);
      plant.log.available = true;
      device.send(RawDevice.publish(5, 2, "t/default/d/impatient/telemetry", Plant.payload(1, 1)));
      assertThat(device.read().body()).containsExactly(0, 2);
    }
  }

  // IN-6: the flooding device waits; another is served as ever.
  @Test
  void a_flooding_device_waits_for_its_tokens_and_slows_nobody_else() throws Exception {
    var flood = plant.device("flood", "slow");
    var calm = plant.device("calm");
    List<Long> latencies = new ArrayList<>();
    try (var flooding = plant.connected(flood, 4);
        var other = plant.connected(calm, 5)) {
      for (int i = 1; i <= 25; i++) {
        flooding.send(RawDevice.publish(4, i, "t/default/d/flood/telemetry", Plant.payload(i, 1)));
      }
      for (int i = 1; i <= 50; i++) {
        long started = System.nanoTime();
        other.send(RawDevice.publish(5, i, "t/default/d/calm/telemetry", Plant.payload(i, 1)));
        assertThat(other.read().body()).containsExactly(0, i);
        latencies.add(System.nanoTime() - started);
      }
      for (int i = 1; i <= 25; i++) {
        assertThat(flooding.read().body()).containsExactly(0, i);
      }
    }
    assertThat(plant.count("admission throttled")).isPositive();
    Plant.print("a calm device beside a flooding one", latencies, System.out::println);
  }
}
