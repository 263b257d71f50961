package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.device.Connected;
import io.telltale.device.Delivery;
import io.telltale.device.MqttConnection;
import io.telltale.device.MqttConnector;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGKILL at random moments under load: nothing acknowledged is lost, nothing is there twice. */
final class KillNineTest {
  private static final int ROUNDS = Integer.getInteger("kill.rounds", 6);
  private static final int DEVICES = 4;
  // About as long as a start takes on two busy cores.
  private static final int START_MILLIS = 2_500;
  private static final long SEQUENCES_PER_ROUND = 10_000;

  @TempDir private Path folder;
  private final RandomGenerator random =
      RandomGeneratorFactory.of("L64X128MixRandom").create(Long.getLong("kill.seed", 4711));
  private final Map<String, Set<Long>> acknowledged = new ConcurrentHashMap<>();
  private final Map<String, Long> next = new HashMap<>();
  private int killedWhileStarting;

  // IN-3, PL-1
  @Test
  void every_acknowledged_reading_is_in_the_lake_exactly_once() throws Exception {
    Path data = folder.resolve("data");
    try (MqttConnector connector = new MqttConnector(1)) {
      List<TestDevice> devices = new ArrayList<>();
      try (ServerProcess server = ServerProcess.start(data)) {
        for (int i = 0; i < DEVICES; i++) {
          devices.add(TestDevice.enroll(server, "kill-" + i));
        }
        server.stop();
      }
      for (int round = 0; round < ROUNDS; round++) {
        if (random.nextInt(3) == 0) {
          killWhileStarting(data);
        }
        try (ServerProcess server = ServerProcess.start(data)) {
          publishUntilKilled(server, connector, devices);
        }
      }
      try (ServerProcess server = ServerProcess.start(data)) {
        LakeCheck.holdsOnce(server, acknowledged);
        // Row 12: whoever died left leases behind, and that is no incident.
        assertThat(server.json("status").at("/pipeline/missing").asLong(-1)).isZero();
        server.stop();
      }
    }
    long total = acknowledged.values().stream().mapToLong(Set::size).sum();
    System.out.printf(
        "%d rounds of kill -9 and %d more while starting, %d acknowledged readings%n",
        ROUNDS, killedWhileStarting, total);
    assertThat(total).isPositive();
  }

  /** A crash in the middle of recovering from the one before. */
  private void killWhileStarting(Path data) throws Exception {
    Process starting = Launch.in(data).process();
    try {
      TimeUnit.MILLISECONDS.sleep(100 + random.nextInt(START_MILLIS));
    } finally {
      starting.destroyForcibly();
      starting.waitFor();
    }
    killedWhileStarting++;
  }

  private void publishUntilKilled(
      ServerProcess server, MqttConnector connector, List<TestDevice> devices) throws Exception {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300 + random.nextInt(2_500));
    var threads = new ArrayList<Thread>();
    for (TestDevice device : devices) {
      long first = next.getOrDefault(device.name(), 1L);
      // Sequences of a round that was killed may or may not be used: none is used again.
      next.put(device.name(), first + SEQUENCES_PER_ROUND);
      threads.add(Thread.startVirtualThread(() -> publish(server, connector, device, first, end)));
    }
    while (System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
    server.kill();
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void publish(
      ServerProcess server, MqttConnector connector, TestDevice device, long first, long end) {
    if (!(device.tryConnect(connector, server)
        instanceof Connected.Ready(MqttConnection session))) {
      return;
    }
    for (long sequence = first; System.nanoTime() < end + 1_000_000_000L; sequence++) {
      Delivery delivery = device.publish(session, sequence, (double) (40 + sequence % 30));
      if (delivery instanceof Delivery.Acknowledged) {
        acknowledged
            .computeIfAbsent(device.name(), _ -> new ConcurrentSkipListSet<>())
            .add(sequence);
      } else if (delivery instanceof Delivery.Unanswered) {
        return;
      }
    }
  }
}
