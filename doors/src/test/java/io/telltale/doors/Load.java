package io.telltale.doors;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Many devices, each keeping some QoS 1 messages of 256 bytes in flight. */
final class Load implements AutoCloseable {
  private static final int PAYLOAD_BYTES = 256;
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("load", true), NioIoHandler.newFactory());
  private final List<Sender> senders = new ArrayList<>();
  private final int inFlight;
  private final AtomicInteger toSend = new AtomicInteger();
  private volatile CountDownLatch toAck = new CountDownLatch(0);

  Load(Plant plant, int port, int devices, int inFlight) throws Exception {
    this.inFlight = inFlight;
    var connected = new CountDownLatch(devices);
    for (int i = 0; i < devices; i++) {
      String name = "load-" + i;
      var credential = plant.device(name);
      SslContext tls =
          SslContextBuilder.forClient()
              .keyManager(credential.key(), credential.chain().toArray(X509Certificate[]::new))
              .trustManager(plant.ca.certificate)
              .endpointIdentificationAlgorithm("")
              .build();
      var sender = new Sender("t/default/d/" + name + "/telemetry", connected);
      senders.add(sender);
      new Bootstrap()
          .group(loop)
          .channel(NioSocketChannel.class)
          .handler(
              new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel channel) {
                  channel.pipeline().addLast(tls.newHandler(channel.alloc()), sender);
                }
              })
          .connect("127.0.0.1", port)
          .sync();
    }
    if (!connected.await(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException(connected.getCount() + " devices did not connect");
    }
  }

  /** Sends {@code messages} and waits until all are acknowledged. */
  void run(int messages) throws InterruptedException {
    toSend.set(messages);
    toAck = new CountDownLatch(messages);
    senders.forEach(Sender::fill);
    if (!toAck.await(120, TimeUnit.SECONDS)) {
      throw new IllegalStateException(toAck.getCount() + " messages were not acknowledged");
    }
  }

  private final class Sender extends ChannelInboundHandlerAdapter {
    private final String topic;
    private final CountDownLatch connected;
    private volatile ChannelHandlerContext ctx;
    private boolean ready;
    private int sequence;
    private int outstanding;
    private int ackBytes;

    @SuppressWarnings("NullAway.Init")
    Sender(String topic, CountDownLatch connected) {
      this.topic = topic;
      this.connected = connected;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      this.ctx = ctx;
      write(RawDevice.connect(4, 600));
      ctx.flush();
    }

    void fill() {
      ctx.executor().execute(this::fillNow);
    }

    private void fillNow() {
      boolean wrote = false;
      while (outstanding < inFlight && toSend.getAndDecrement() > 0) {
        outstanding++;
        write(RawDevice.publish(4, sequence++ % 60_000 + 1, topic, payload(sequence)));
        wrote = true;
      }
      if (wrote) {
        ctx.flush();
      }
    }

    private void write(byte[] bytes) {
      ctx.write(ctx.alloc().buffer(bytes.length).writeBytes(bytes));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object read) {
      ByteBuf bytes = (ByteBuf) read;
      ackBytes += bytes.readableBytes();
      bytes.release();
      // CONNACK and PUBACK have four bytes each.
      for (; ackBytes >= 4; ackBytes -= 4) {
        if (!ready) {
          ready = true;
          connected.countDown();
        } else {
          outstanding--;
          toAck.countDown();
        }
      }
      fillNow();
    }
  }

  private static byte[] payload(int sequence) {
    long now = System.currentTimeMillis();
    String text =
        "{\"seq\":%d,\"sent\":%d,\"time\":%d,\"values\":{\"t\":%d.5},\"pad\":\""
            .formatted(sequence, now, now, sequence % 90);
    return (text + "x".repeat(PAYLOAD_BYTES - text.length() - 2) + "\"}")
        .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
