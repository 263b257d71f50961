package io.telltale.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttPublishVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Keeps a broker busy over TLS 1.3 with client certificates at QoS 1 and counts what it answers.
 */
final class LoadRun implements AutoCloseable {
  private static final int CONNECTS_AT_ONCE = 32;
  private static final long LATENCY_MAX_MICROS = 60_000_000;

  private final Broker broker;
  private final LoadShape shape;
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
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
      long messages,
      long refused,
      double seconds,
      double cpuSeconds,
      long p50Micros,
      long p99Micros) {
    double perSecond() {
      return messages / seconds;
    }

    double cpuMicrosPerMessage() {
      return cpuSeconds * 1e6 / messages;
    }
  }

  /** Opens the connections, a few at a time, and starts publishing when all are there. */
  void start(List<LoadClient> clients) throws InterruptedException {
    var handlers = clients.stream().map(Publisher::new).toList();
    int opened = 0;
    for (Publisher publisher : handlers) {
      publisher.connect();
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
    handlers.forEach(Publisher::fill);
  }

  Result measure(long seconds) throws InterruptedException {
    micros.reset();
    long before = acknowledged.sum();
    long refusedBefore = refused.sum();
    double cpuBefore = broker.figures().cpuSeconds();
    long start = System.nanoTime();
    TimeUnit.SECONDS.sleep(seconds);
    double elapsed = (System.nanoTime() - start) / 1e9;
    return new Result(
        acknowledged.sum() - before,
        refused.sum() - refusedBefore,
        elapsed,
        broker.figures().cpuSeconds() - cpuBefore,
        micros.getValueAtPercentile(50),
        micros.getValueAtPercentile(99));
  }

  @Override
  public void close() {
    running = false;
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private final class Publisher extends SimpleChannelInboundHandler<MqttMessage> {
    private final LoadClient client;
    private final BenchPayload payload = new BenchPayload();
    private final long[] sentNanos = new long[0x10000];
    private Channel channel = new io.netty.channel.embedded.EmbeddedChannel();
    private int packetId;

    Publisher(LoadClient client) {
      this.client = client;
    }

    void connect() {
      new Bootstrap()
          .group(loops)
          .channel(EpollSocketChannel.class)
          .option(ChannelOption.TCP_NODELAY, true)
          .handler(
              new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel opened) {
                  channel = opened;
                  SslHandler tls = client.tls().newHandler(opened.alloc(), "localhost", 0);
                  opened
                      .pipeline()
                      .addLast(tls, new MqttDecoder(1 << 20), MqttEncoder.INSTANCE, Publisher.this);
                  tls.handshakeFuture().addListener(done -> hello(done.isSuccess()));
                }
              })
          .connect(broker.address())
          .addListener(
              done -> {
                if (!done.isSuccess()) {
                  failed.incrementAndGet();
                }
              });
    }

    private void hello(boolean secured) {
      if (!secured) {
        failed.incrementAndGet();
        return;
      }
      channel.writeAndFlush(
          MqttMessageBuilders.connect()
              .protocolVersion(MqttVersion.MQTT_5)
              .clientId(client.id())
              .cleanSession(true)
              .keepAlive(600)
              .build());
    }

    void fill() {
      channel
          .eventLoop()
          .execute(
              () -> {
                for (int i = 0; i < shape.inFlight(); i++) {
                  publish();
                }
                channel.flush();
              });
    }

    private void publish() {
      packetId = packetId == 0xFFFF ? 1 : packetId + 1;
      sentNanos[packetId] = System.nanoTime();
      var header =
          new MqttFixedHeader(MqttMessageType.PUBLISH, false, MqttQoS.AT_LEAST_ONCE, false, 0);
      channel.write(
          new MqttPublishMessage(
              header,
              new MqttPublishVariableHeader(client.topic(), packetId),
              Unpooled.wrappedBuffer(payload.next())));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, MqttMessage message) {
      if (message instanceof MqttConnAckMessage answer) {
        boolean good =
            answer.variableHeader().connectReturnCode()
                == MqttConnectReturnCode.CONNECTION_ACCEPTED;
        (good ? connected : failed).incrementAndGet();
      } else if (message.variableHeader() instanceof MqttMessageIdVariableHeader id) {
        boolean no =
            id instanceof MqttPubReplyMessageVariableHeader reply
                && (reply.reasonCode() & 0xFF) >= 0x80;
        (no ? refused : acknowledged).increment();
        micros.recordValue(
            Math.min(LATENCY_MAX_MICROS, (System.nanoTime() - sentNanos[id.messageId()]) / 1000));
        if (running) {
          publish();
        }
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.flush();
    }
  }
}
