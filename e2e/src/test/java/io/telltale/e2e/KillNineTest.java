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
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** SIGKILL at random moments under load: nothing acknowledged is lost, nothing is there twice. */
final class KillNineTest {
  private static final int ROUNDS = Integer.getInteger("kill.rounds", 6);
  private static final int DEVICES = 4;
  private static final long SEQUENCES_PER_ROUND = 10_000;
  private static final long DRAINED_SECONDS_MAX = 60;

  @TempDir private Path folder;
  private final RandomGenerator random =
      RandomGeneratorFactory.of("L64X128MixRandom").create(Long.getLong("kill.seed", 4711));
  private final Map<String, Set<Long>> acknowledged = new ConcurrentHashMap<>();
  private final Map<String, Long> next = new HashMap<>();

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
        try (ServerProcess server = ServerProcess.start(data)) {
          publishUntilKilled(server, connector, devices);
        }
      }
      try (ServerProcess server = ServerProcess.start(data)) {
        everythingIsThereOnce(server, devices);
        ServerProcess.Ran audit = server.run("ledger", "verify");
        assertThat(audit.exitCode()).as(audit.toString()).isZero();
        server.stop();
      }
    }
    long total = acknowledged.values().stream().mapToLong(Set::size).sum();
    System.out.printf("%d rounds of kill -9, %d acknowledged readings%n", ROUNDS, total);
    assertThat(total).isPositive();
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

  private void everythingIsThereOnce(ServerProcess server, List<TestDevice> devices)
      throws InterruptedException {
    for (TestDevice device : devices) {
      Set<Long> wanted = acknowledged.getOrDefault(device.name(), Set.of());
      Map<Long, Long> stored = stored(server, device.name());
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DRAINED_SECONDS_MAX);
      while (!stored.keySet().containsAll(wanted) && System.nanoTime() < end) {
        TimeUnit.MILLISECONDS.sleep(300);
        stored = stored(server, device.name());
      }
      var missing = new TreeSet<>(wanted);
      missing.removeAll(stored.keySet());
      assertThat(missing).as("acknowledged and lost, of " + device.name()).isEmpty();
      assertThat(stored.values()).as("stored how often").allMatch(count -> count == 1);
    }
  }

  /** How often each sequence is stored, asked in ranges that fit one answer. */
  private Map<Long, Long> stored(ServerProcess server, String device) {
    var counts = new HashMap<Long, Long>();
    long end = next.getOrDefault(device, 1L);
    for (long from = 1; from < end; from += SEQUENCES_PER_ROUND) {
      JsonNode answer =
          server.json(
              "query",
              "SELECT sequence, count(*) FROM readings WHERE device = '%s'".formatted(device)
                  + " AND sequence BETWEEN %d AND %d GROUP BY sequence"
                      .formatted(from, from + SEQUENCES_PER_ROUND - 1));
      assertThat(answer.path("truncated").asBoolean(false)).isFalse();
      answer.get("rows").forEach(row -> counts.put(row.get(0).asLong(), row.get(1).asLong()));
    }
    return counts;
  }
}
