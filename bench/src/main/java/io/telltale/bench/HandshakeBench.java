package io.telltale.bench;

import static java.util.Locale.ROOT;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.ssl.SslContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Full handshakes: a new TCP connection, TLS 1.3 with a client certificate and no resumption,
 * CONNECT, CONNACK, closed; 16 at a time.
 */
final class HandshakeBench {
  private static final int AT_ONCE = 16;
  private static final long WARM_UP = 8_000;

  private final LongAdder done = new LongAdder();
  private final AtomicInteger failed = new AtomicInteger();

  private record Turn(Broker broker, String group, List<Client> clients, List<Double> micros) {
    String name() {
      return broker.name() + " " + group;
    }
  }

  private record Client(String id, SslContext tls) {}

  void run(List<Side> sides, int rounds, long seconds) throws InterruptedException {
    System.out.printf("%nhandshakes: %d at a time%n", AT_ONCE);
    var turns = new ArrayList<Turn>();
    for (Side side : sides) {
      turns.add(turn(side, LoadClient.CLASSICAL));
      if (side.broker() instanceof TelltaleServer) {
        turns.add(turn(side, LoadClient.HYBRID));
      }
    }
    for (Turn turn : turns) {
      try (var load = new Load(turn)) {
        load.until(WARM_UP, 60);
      }
    }
    for (int round = 1; round <= rounds; round++) {
      for (Turn turn : turns) {
        turn.broker().settle();
        measure(turn, round, seconds);
      }
    }
    turns.forEach(turn -> summary(turn, turns.getFirst()));
  }

  private static void summary(Turn turn, Turn first) {
    var ratios = new ArrayList<Double>();
    for (int i = 0; i < turn.micros().size(); i++) {
      ratios.add(first.micros().get(i) / turn.micros().get(i));
    }
    double median = Medians.of(turn.micros());
    System.out.printf(
        ROOT,
        "handshake MEDIAN   %-28s %6.0f us of CPU each, %5.0f a core-second; per core against"
            + " %s: %.2f%n",
        turn.name(),
        median,
        1e6 / median,
        first.name(),
        Medians.of(ratios));
  }

  private static Turn turn(Side side, String group) {
    return new Turn(
        side.broker(),
        group,
        side.clients().stream().map(one -> new Client(one.id(), one.tls(group))).toList(),
        new ArrayList<>());
  }

  private void measure(Turn turn, int round, long seconds) throws InterruptedException {
    try (var load = new Load(turn)) {
      load.until(200, 10);
      long before = done.sum();
      Cpu cpuBefore = turn.broker().figures().cpu();
      long start = System.nanoTime();
      TimeUnit.SECONDS.sleep(seconds);
      double elapsed = (System.nanoTime() - start) / 1e9;
      long count = done.sum() - before;
      Cpu cpu = turn.broker().figures().cpu().since(cpuBefore);
      double each = cpu.process() * 1e6 / count;
      turn.micros().add(each);
      System.out.printf(
          ROOT,
          "handshake round %d  %-28s %6.0f /s  %6.0f us of CPU each (event loops %.0f)  failed"
              + " %d%n",
          round,
          turn.name(),
          count / elapsed,
          each,
          cpu.of(Work.LOOPS) * 1e6 / count,
          failed.getAndSet(0));
    }
  }

  /** Keeps {@value #AT_ONCE} handshakes going until closed. */
  private final class Load implements AutoCloseable {
    private final Turn turn;
    private final Connector connector = new Connector();
    private final AtomicInteger next = new AtomicInteger();
    private volatile boolean running = true;

    Load(Turn turn) {
      this.turn = turn;
      for (int i = 0; i < AT_ONCE; i++) {
        more();
      }
    }

    void until(long count, long secondsMax) throws InterruptedException {
      long target = done.sum() + count;
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(secondsMax);
      while (done.sum() < target && System.nanoTime() < end) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
    }

    private void more() {
      if (running) {
        Client client =
            turn.clients().get(Math.floorMod(next.getAndIncrement(), turn.clients().size()));
        connector.open(turn.broker().address(), client.tls(), new Session(client.id()));
      }
    }

    @Override
    public void close() {
      running = false;
      connector.close();
    }

    private final class Session extends Greeter {
      Session(String id) {
        super(id);
      }

      @Override
      void connected(ChannelHandlerContext ctx) {
        done.increment();
        ctx.close().addListener(closed -> more());
      }

      @Override
      void failed() {
        if (running) {
          failed.incrementAndGet();
          more();
        }
      }

      @Override
      void received(MqttMessage message) {}
    }
  }
}
