package io.telltale.e2e;

import io.telltale.device.Connected;
import io.telltale.device.Delivery;
import io.telltale.device.MqttConnection;
import io.telltale.device.MqttConnector;
import io.telltale.kernel.Bytes;
import io.telltale.testkit.Waiting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Devices that publish all along, as well-behaved ones do: they keep each reading until it is
 * acknowledged, send it again when told to try later, and reconnect when they were cut.
 */
final class Publishing implements AutoCloseable {
  private static final long RETRY_MILLIS = 50;
  private static final int QUOTA_EXCEEDED = 0x97;

  private final ServerProcess server;
  private final MqttConnector connector;
  private final long pauseMillis;
  private final Map<String, Set<Long>> acknowledged = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Long> ackNanos = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<String> trouble = new ConcurrentLinkedQueue<>();
  private final AtomicLong acks = new AtomicLong();
  private final AtomicLong slowed = new AtomicLong();
  private final Map<String, Long> told = new ConcurrentHashMap<>();
  private final AtomicLong sessions = new AtomicLong();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean over;

  private Publishing(ServerProcess server, MqttConnector connector, long pauseMillis) {
    this.server = server;
    this.connector = connector;
    this.pauseMillis = pauseMillis;
  }

  /** Each of {@code devices} sends one reading after the other, with a pause in between. */
  static Publishing start(
      ServerProcess server, MqttConnector connector, List<TestDevice> devices, long pauseMillis) {
    var publishing = new Publishing(server, connector, pauseMillis);
    for (TestDevice device : devices) {
      publishing.acknowledged.put(device.name(), new ConcurrentSkipListSet<>());
      publishing.threads.add(Thread.ofVirtual().start(() -> publishing.publishAll(device)));
    }
    return publishing;
  }

  private void publishAll(TestDevice device) {
    MqttConnection session = null;
    for (long sequence = 1; !over; sequence++) {
      session = deliver(device, session, sequence);
      pause(pauseMillis);
    }
    if (session != null) {
      session.close();
    }
  }

  /** Returns only when it is acknowledged, or all is over. */
  private @Nullable MqttConnection deliver(
      TestDevice device, @Nullable MqttConnection open, long sequence) {
    Bytes payload = TestDevice.payload(sequence, (double) (40 + sequence % 30));
    MqttConnection session = open;
    boolean unanswered = false;
    while (!over) {
      session = session != null && session.isOpen() ? session : connect(device);
      if (session == null) {
        pause(RETRY_MILLIS);
        continue;
      }
      long start = System.nanoTime();
      switch (TestDevice.await(session.publish(device.topic(), payload, unanswered))) {
        case Delivery.Acknowledged _ -> {
          ackNanos.add(System.nanoTime() - start);
          acknowledged.getOrDefault(device.name(), Set.of()).add(sequence);
          acks.incrementAndGet();
          return session;
        }
        case Delivery.TryLater(int code, String _) -> {
          if (code == QUOTA_EXCEEDED) {
            slowed.incrementAndGet();
          } else {
            told.merge(device.name(), 1L, Long::sum);
          }
        }
        case Delivery.Refused refused -> trouble.add(device.name() + ": " + refused);
        case Delivery.Unanswered _ -> unanswered = true;
      }
      pause(RETRY_MILLIS);
    }
    return session;
  }

  private @Nullable MqttConnection connect(TestDevice device) {
    sessions.incrementAndGet();
    return switch (device.tryConnect(connector, server)) {
      case Connected.Ready(MqttConnection session) -> session;
      case Connected.Refused refused -> {
        trouble.add(device.name() + ": " + refused);
        yield null;
      }
      case Connected.Foreign _, Connected.Failed _ -> null;
    };
  }

  private static void pause(long millis) {
    try {
      Waiting.pass(Duration.ofMillis(millis));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Acknowledgements so far, of all devices. */
  long acks() {
    return acks.get();
  }

  /** How often a device was told that it sends too much. */
  long slowed() {
    return slowed.get();
  }

  /** How often a device was told that nothing can be taken now. */
  long toldToTryLater() {
    return told.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Attempts to connect: one for each device as long as nobody was cut. */
  long sessions() {
    return sessions.get();
  }

  /** What no well-behaved device should ever hear. */
  List<String> trouble() {
    return List.copyOf(trouble);
  }

  /** Acknowledged sequences by device. */
  Map<String, Set<Long>> acknowledged() {
    return acknowledged;
  }

  void awaitAcks(long more) throws InterruptedException {
    long wanted = acks.get() + more;
    Waiting.until("%d more acknowledgements".formatted(more), 60, () -> acks.get() >= wanted);
  }

  /** Returns once each device was told so: what one has sent before is answered by then. */
  void awaitEachToldToTryLater() throws InterruptedException {
    Map<String, Long> before = Map.copyOf(told);
    Waiting.until(
        "each device is told to try later",
        60,
        () ->
            acknowledged.keySet().stream()
                .allMatch(name -> told.getOrDefault(name, 0L) > before.getOrDefault(name, 0L)));
  }

  /** The time from a publish to its answer, sorted. */
  long[] latencyMicros() {
    return ackNanos.stream().mapToLong(nanos -> nanos / 1_000).sorted().toArray();
  }

  /** Ends all sessions; what was acknowledged stays as it is. */
  void stop() {
    over = true;
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Override
  public void close() {
    stop();
  }
}
