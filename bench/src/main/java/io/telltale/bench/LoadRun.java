package io.telltale.bench;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttPublishVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Keeps a broker busy over TLS 1.3 with client certificates at QoS 1 and counts what it answers.
 *
 * <p>How it writes decides what a message costs a server: each message is one TLS record and one
 * write to the socket, made as soon as the acknowledgement that allows it has been read. Nothing is
 * collected, since a device has no second message to put into the same record.
 */
final class LoadRun implements AutoCloseable {
  private static final int CONNECTS_AT_ONCE = 32;
  private static final long LATENCY_MAX_MICROS = 60_000_000;

  private final Broker broker;
  private final LoadShape shape;
  private final Connector connector = new Connector();
  private final AtomicInteger connected = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final LongAdder acknowledged = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final Histogram micros = new ConcurrentHistogram(LATENCY_MAX_MICROS, 3);
  private volatile boolean running;

  LoadRun(Broker broker, LoadShape shape) {
    this.broker = broker;
    this.shape = shape;
  }

  /** What one measured stretch showed. */
  record Result(
      long messages, long refused, double seconds, Cpu cpu, long p50Micros, long p99Micros) {
    double perSecond() {
      return messages / seconds;
    }

    double micros(double cpuSeconds) {
      return cpuSeconds * 1e6 / messages;
    }
  }

  /** Opens the connections, a few at a time, and starts publishing when all are there. */
  void start(List<LoadClient> clients) throws InterruptedException {
    List<Publisher> publishers = clients.stream().map(Publisher::new).toList();
    int opened = 0;
    for (Publisher publisher : publishers) {
      connector.open(broker.address(), publisher.client.tls(LoadClient.CLASSICAL), publisher);
      opened++;
      while (opened - connected.get() - failed.get() > CONNECTS_AT_ONCE) {
        TimeUnit.MILLISECONDS.sleep(2);
      }
    }
    while (connected.get() + failed.get() < clients.size()) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
    if (failed.get() > 0) {
      throw new IllegalStateException(failed + " of " + clients.size() + " could not connect");
    }
    running = true;
    publishers.forEach(Publisher::fill);
  }

  /** Waits for {@code messages} acknowledgements, a minute and a half at most. */
  void warmUp(long messages) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
    while (acknowledged.sum() < messages && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  long acknowledged() {
    return acknowledged.sum();
  }

  Result measure(long seconds) throws InterruptedException {
    micros.reset();
    long before = acknowledged.sum();
    long refusedBefore = refused.sum();
    Cpu cpuBefore = broker.figures().cpu();
    long start = System.nanoTime();
    TimeUnit.SECONDS.sleep(seconds);
    double elapsed = (System.nanoTime() - start) / 1e9;
    return new Result(
        acknowledged.sum() - before,
        refused.sum() - refusedBefore,
        elapsed,
        broker.figures().cpu().since(cpuBefore),
        micros.getValueAtPercentile(50),
        micros.getValueAtPercentile(99));
  }

  @Override
  public void close() {
    running = false;
    connector.close();
  }

  private final class Publisher extends Greeter {
    private final LoadClient client;
    private final BenchPayload payload = new BenchPayload();
    private final long[] sentNanos = new long[0x10000];
    private ChannelHandlerContext context;
    private int packetId;

    @SuppressWarnings("NullAway.Init") // set by connected(), which comes before everything else
    Publisher(LoadClient client) {
      super(client.id());
      this.client = client;
    }

    @Override
    void connected(ChannelHandlerContext ctx) {
      context = ctx;
      connected.incrementAndGet();
    }

    @Override
    void failed() {
      failed.incrementAndGet();
    }

    void fill() {
      context
          .executor()
          .execute(
              () -> {
                for (int i = 0; i < shape.inFlight(); i++) {
                  publish();
                }
              });
    }

    private void publish() {
      if (!running) {
        return;
      }
      packetId = packetId == 0xFFFF ? 1 : packetId + 1;
      sentNanos[packetId] = System.nanoTime();
      var header =
          new MqttFixedHeader(MqttMessageType.PUBLISH, false, MqttQoS.AT_LEAST_ONCE, false, 0);
      context.writeAndFlush(
          new MqttPublishMessage(
              header,
              new MqttPublishVariableHeader(client.topic(), packetId),
              Unpooled.wrappedBuffer(payload.next())),
          context.voidPromise());
    }

    @Override
    void received(MqttMessage message) {
      if (message.variableHeader() instanceof MqttMessageIdVariableHeader id) {
        boolean no =
            id instanceof MqttPubReplyMessageVariableHeader reply
                && (reply.reasonCode() & 0xFF) >= 0x80;
        (no ? refused : acknowledged).increment();
        micros.recordValue(
            Math.min(LATENCY_MAX_MICROS, (System.nanoTime() - sentNanos[id.messageId()]) / 1000));
        if (shape.pauseMillis() == 0) {
          publish();
        } else {
          long due = sentNanos[id.messageId()] + shape.pauseMillis() * 1_000_000L;
          context.executor().schedule(this::publish, due - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
      }
    }
  }
}
