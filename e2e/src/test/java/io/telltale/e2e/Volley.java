package io.telltale.e2e;

import io.telltale.device.Connected;
import io.telltale.device.Delivery;
import io.telltale.device.MqttConnection;
import io.telltale.device.MqttConnector;
import io.telltale.testkit.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;

/** Devices that send as fast as they are answered, to one server after the other. */
final class Volley {
  private static final long SEQUENCES_PER_SERVER = 10_000;
  private static final long LATER_MILLIS = 2;

  private final MqttConnector connector;
  private final Map<String, Set<Long>> acknowledged = new ConcurrentHashMap<>();
  private final Map<String, Long> next = new HashMap<>();

  Volley(MqttConnector connector) {
    this.connector = connector;
  }

  /** Acknowledged sequences by device. */
  Map<String, Set<Long>> acknowledged() {
    return acknowledged;
  }

  long acknowledged(TestDevice device) {
    return acknowledged.getOrDefault(device.name(), Set.of()).size();
  }

  long total() {
    return acknowledged.values().stream().mapToLong(Set::size).sum();
  }

  /** Each sends until it is not answered, or a while after {@code end}, in nanoseconds. */
  List<Thread> start(ServerProcess server, List<TestDevice> devices, long end) {
    var threads = new ArrayList<Thread>();
    for (TestDevice device : devices) {
      long first = next.getOrDefault(device.name(), 1L);
      // Sequences of a server that was killed may or may not be used: none is used again.
      next.put(device.name(), first + SEQUENCES_PER_SERVER);
      threads.add(Thread.startVirtualThread(() -> publish(server, device, first, end)));
    }
    return threads;
  }

  private void publish(ServerProcess server, TestDevice device, long first, long end) {
    if (!(device.tryConnect(connector, server)
        instanceof Connected.Ready(MqttConnection session))) {
      return;
    }
    for (long sequence = first;
        sequence < first + SEQUENCES_PER_SERVER && System.nanoTime() < end + 1_000_000_000L;
        sequence++) {
      switch (device.publish(session, sequence, (double) (40 + sequence % 30))) {
        case Delivery.Acknowledged _ ->
            acknowledged
                .computeIfAbsent(device.name(), _ -> new ConcurrentSkipListSet<>())
                .add(sequence);
        case Delivery.TryLater _ -> pause();
        case Delivery.Refused _ -> {}
        case Delivery.Unanswered _ -> {
          return;
        }
      }
    }
  }

  private static void pause() {
    try {
      Waiting.pass(Duration.ofMillis(LATER_MILLIS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
