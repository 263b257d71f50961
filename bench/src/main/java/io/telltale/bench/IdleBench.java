package io.telltale.bench;

import static java.util.Locale.ROOT;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.mqtt.MqttMessage;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Resident memory for each of many connections that say nothing. */
final class IdleBench {
  static final int CONNECTIONS = 10_000;
  private static final int WARM_UP = 1_000;
  private static final int AT_ONCE = 64;

  private IdleBench() {}

  static void run(List<Side> sides) throws InterruptedException {
    System.out.printf("%nidle: %d connections%n", CONNECTIONS);
    for (Side side : sides) {
      Broker broker = side.broker();
      // What the first connections bring along, code and pools, is not the connections'.
      try (var few = new IdleConnections(broker)) {
        few.open(side.clients().subList(0, WARM_UP));
      }
      TimeUnit.SECONDS.sleep(2);
      broker.tidy();
      long before = broker.figures().residentKibibytes();
      OptionalLong heapBefore = broker.heapKibibytes();
      try (var all = new IdleConnections(broker)) {
        all.open(side.clients().subList(0, CONNECTIONS));
        TimeUnit.SECONDS.sleep(3);
        broker.tidy();
        long after = broker.figures().residentKibibytes();
        System.out.printf(
            ROOT,
            "idle %-10s RSS %d -> %d KiB: %.1f KiB a connection (%d open, %d failed)%n",
            broker.name(),
            before,
            after,
            (after - before) / (double) CONNECTIONS,
            all.connected.get() - all.lost.get(),
            all.failed.get());
        heapBefore.ifPresent(
            heap -> printHeap(broker.name(), heap, broker.heapKibibytes().orElseThrow()));
      }
    }
  }

  private static void printHeap(String name, long before, long after) {
    System.out.printf(
        ROOT,
        "idle %-10s live heap %d -> %d KiB: %.1f KiB a connection%n",
        name,
        before,
        after,
        (after - before) / (double) CONNECTIONS);
  }

  /** Connections that are held open until closed. */
  private static final class IdleConnections implements AutoCloseable {
    private final Broker broker;
    private final Connector connector = new Connector();
    private final AtomicInteger connected = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();

    IdleConnections(Broker broker) {
      this.broker = broker;
    }

    void open(List<LoadClient> clients) throws InterruptedException {
      int opened = 0;
      for (LoadClient client : clients) {
        connector.open(
            broker.address(), client.tls(LoadClient.CLASSICAL), new Session(client.id()));
        opened++;
        while (opened - connected.get() - failed.get() > AT_ONCE) {
          TimeUnit.MILLISECONDS.sleep(1);
        }
      }
      while (connected.get() + failed.get() < clients.size()) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
    }

    @Override
    public void close() {
      connector.close();
    }

    private final class Session extends Greeter {
      Session(String id) {
        super(id);
      }

      @Override
      void connected(ChannelHandlerContext ctx) {
        connected.incrementAndGet();
        ctx.channel().closeFuture().addListener(closed -> lost.incrementAndGet());
      }

      @Override
      void failed() {
        failed.incrementAndGet();
      }

      @Override
      void received(MqttMessage message) {}
    }
  }
}
