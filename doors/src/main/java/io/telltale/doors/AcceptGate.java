package io.telltale.doors;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.telltale.kernel.Counters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what strangers can cost: handshakes at once (in all and per address), accepts per second
 * per address, open connections. Sits in the listening channel; its state is the acceptor loop's.
 */
@Sharable
final class AcceptGate extends ChannelInboundHandlerAdapter {
  private static final int SOURCES_MAX = 16_384;
  private static final long NANOS = 1_000_000_000L;

  private final AcceptLimits limits;
  private final Counters counters;
  private final LongSupplier nanoTime;
  private final Map<InetAddress, Source> sources = new HashMap<>();
  private @Nullable Channel listening;
  private int handshakes;
  private int connections;
  private boolean closing;

  private static final class Source {
    int handshakes;
    long secondStarted;
    int acceptsInSecond;

    Source(long now) {
      secondStarted = now;
    }
  }

  AcceptGate(AcceptLimits limits, Counters counters, LongSupplier nanoTime) {
    this.limits = limits;
    this.nanoTime = nanoTime;
    this.counters = counters;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    listening = ctx.channel();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object accepted) {
    Channel channel = (Channel) accepted;
    InetAddress address =
        channel.remoteAddress() instanceof InetSocketAddress socket ? socket.getAddress() : null;
    Source source = address == null ? null : source(address);
    if (source == null || connections >= limits.connectionsMax() || !mayStart(source)) {
      counters.count("handshakes", Cause.TOO_MANY.label());
      channel.unsafe().closeForcibly();
      return;
    }
    handshakes++;
    connections++;
    source.handshakes++;
    channel.attr(Handshake.KEY).set(new Handshake(this, source));
    channel.closeFuture().addListener(done -> onAcceptor(() -> closed(channel)));
    if (handshakes >= limits.handshakesMax()) {
      ctx.channel().config().setAutoRead(false);
    }
    ctx.fireChannelRead(accepted);
  }

  /** One handshake that counts against the bounds until it is over. */
  static final class Handshake {
    static final io.netty.util.AttributeKey<Handshake> KEY =
        io.netty.util.AttributeKey.valueOf(AcceptGate.class, "handshake");

    private final AcceptGate gate;
    private final Source source;
    private boolean over;

    private Handshake(AcceptGate gate, Source source) {
      this.gate = gate;
      this.source = source;
    }

    /** From any thread. */
    void end() {
      gate.onAcceptor(() -> gate.ended(this));
    }
  }

  private void ended(Handshake handshake) {
    if (handshake.over) {
      return;
    }
    handshake.over = true;
    handshakes--;
    handshake.source.handshakes--;
    Channel channel = listening;
    if (channel != null && !closing && handshakes < limits.handshakesMax()) {
      channel.config().setAutoRead(true);
    }
  }

  private void closed(Channel channel) {
    connections--;
    Handshake handshake = channel.attr(Handshake.KEY).get();
    if (handshake != null) {
      ended(handshake);
    }
  }

  /** Accepts nothing any more. */
  void close() {
    onAcceptor(() -> closing = true);
  }

  private void onAcceptor(Runnable task) {
    Channel channel = listening;
    if (channel != null && !channel.eventLoop().isShuttingDown()) {
      channel.eventLoop().execute(task);
    }
  }

  private boolean mayStart(Source source) {
    long now = nanoTime.getAsLong();
    if (now - source.secondStarted >= NANOS) {
      source.secondStarted = now;
      source.acceptsInSecond = 0;
    }
    source.acceptsInSecond++;
    return source.acceptsInSecond <= 2 * limits.acceptsPerSourcePerSecond()
        && source.handshakes < limits.handshakesPerSourceMax();
  }

  private @Nullable Source source(InetAddress address) {
    Source known = sources.get(address);
    if (known != null) {
      return known;
    }
    if (sources.size() >= SOURCES_MAX) {
      sources.values().removeIf(one -> one.handshakes == 0);
    }
    if (sources.size() >= SOURCES_MAX) {
      return null;
    }
    Source added = new Source(nanoTime.getAsLong());
    sources.put(address, added);
    return added;
  }

  // A temporary fault of accepting (too many open files) must not end the listener.
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    counters.count("accept", "failed");
    ctx.fireExceptionCaught(cause);
  }
}
