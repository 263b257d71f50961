package io.telltale.doors.accept;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslHandler;
import io.telltale.doors.AcceptLimits;
import io.telltale.doors.Address;
import io.telltale.doors.EventLoops;
import io.telltale.kernel.Counters;
import io.telltale.kernel.UnavailableException;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.util.function.Function;
import java.util.function.Supplier;

/** One listening socket with its TLS and its gates. */
public final class Listener {
  private static final int BACKLOG = 4_096;
  private static final long CLOSE_NOTIFY_MILLIS = 200;

  private static final int READ_BYTES_MIN = 512;
  private static final int READ_BYTES_FIRST = 2_048;

  private final Channel channel;
  private final AcceptGate gate;
  private final HeldBytes held;

  private Listener(Channel channel, AcceptGate gate, HeldBytes held) {
    this.channel = channel;
    this.gate = gate;
    this.held = held;
  }

  /**
   * What every listener needs.
   *
   * @param tls asked for each connection, so that a renewal ends none
   */
  public record Setup(
      EventLoops loops,
      Address address,
      Function<ByteBufAllocator, SslHandler> tls,
      AcceptLimits limits,
      Counters counters) {}

  /** Throws {@link UnavailableException} that names the port and how to change it. */
  public static Listener open(Setup setup, Supplier<ChannelHandler> gates) {
    var gate = new AcceptGate(setup.limits(), setup.counters(), setup.loops().nanoTime());
    var held = new HeldBytes(setup.limits().heldBytesMax(), setup.counters());
    ChannelFuture bound =
        new ServerBootstrap()
            .group(setup.loops().acceptor(), setup.loops().workers())
            .channel(setup.loops().serverChannel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.ALLOCATOR, setup.loops().buffers())
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(
                    READ_BYTES_MIN, READ_BYTES_FIRST, setup.loops().readBytesMax()))
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(16_384, 65_536))
            .handler(gate)
            .childHandler(new Pipeline(setup, held, gates))
            .bind(setup.address().host(), setup.address().port())
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new UnavailableException(reason(setup.address(), bound.cause()));
    }
    return new Listener(bound.channel(), gate, held);
  }

  // The system's words, without those of the library around them.
  private static String reason(Address address, Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    String why;
    if (message.contains("in use")) {
      why =
          "the port is in use: end the other program, or choose another port with "
              + address.setting();
    } else if (message.contains("Permission denied")) {
      why =
          "it takes a right to listen below port 1024: choose one above with " + address.setting();
    } else if (cause instanceof UnresolvedAddressException || message.contains("annot assign")) {
      why = address.host() + " is no address of this machine: choose one with listen.host";
    } else {
      why = message;
    }
    return "listening on %s:%d: %s".formatted(address.host(), address.port(), why);
  }

  private static final class Pipeline extends ChannelInitializer<Channel> {
    private final Setup setup;
    private final HeldBytes held;
    private final Supplier<ChannelHandler> gates;

    Pipeline(Setup setup, HeldBytes held, Supplier<ChannelHandler> gates) {
      this.setup = setup;
      this.held = held;
      this.gates = gates;
    }

    @Override
    protected void initChannel(Channel channel) {
      SslHandler tls = setup.tls().apply(channel.alloc());
      tls.setHandshakeTimeoutMillis(setup.limits().handshakeMax().toMillis());
      tls.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_MILLIS);
      channel.pipeline().addLast(new HeldGauge(held.holder(channel)), tls, gates.get());
    }
  }

  public int port() {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  public AcceptGate gate() {
    return gate;
  }

  public HeldBytes held() {
    return held;
  }

  /** Stops accepting; open connections are the door's to end. */
  public void close() {
    channel.close().awaitUninterruptibly(1_000);
  }
}
