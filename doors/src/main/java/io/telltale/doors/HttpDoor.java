package io.telltale.doors;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.telltale.registry.Identity;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * An HTTP/1.1 listener that carries a {@link io.telltale.kernel.HttpExchange.Handler} on virtual
 * threads: everything bounded, each listener with its own trust.
 */
public final class HttpDoor implements AutoCloseable {
  private static final int LINE_BYTES_MAX = 4_096;
  private static final int HEADER_BYTES_MAX = 16_384;
  private static final int DRAIN_SECONDS = 5;

  private final HttpParts parts;
  private final HttpLimits limits;
  private final DoorTls tls;
  private final Semaphore slots;
  private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final Listener listener;

  /** Where and how to listen. */
  public record Setup(
      EventLoops loops, Address address, DoorTls tls, AcceptLimits accept, HttpLimits http) {}

  private HttpDoor(Setup setup, HttpParts parts) {
    this.parts = parts;
    this.limits = setup.http();
    this.tls = setup.tls();
    this.slots = new Semaphore(limits.handlersMax());
    this.listener =
        Listener.open(
            new Listener.Setup(
                setup.loops(), setup.address(), setup.tls(), setup.accept(), parts.counters()),
            () -> new TlsGate(setup.tls(), parts.counters(), this::enter));
  }

  /** Listens, or throws {@link io.telltale.kernel.UnavailableException} that says what to do. */
  public static HttpDoor open(Setup setup, HttpParts parts) {
    return new HttpDoor(setup, parts);
  }

  public int port() {
    return listener.port();
  }

  private void enter(ChannelHandlerContext ctx, TlsGate.Peer peer) {
    Channel channel = ctx.channel();
    channels.add(channel);
    var config =
        new HttpDecoderConfig()
            .setMaxInitialLineLength(LINE_BYTES_MAX)
            .setMaxHeaderSize(HEADER_BYTES_MAX);
    channel
        .pipeline()
        .addLast(
            new HttpServerCodec(config),
            new Whole(limits.bodyBytesMax()),
            new HttpHandler(parts, limits, slots, peer.chain()));
    Optional<Identity> identity = peer.verdict().identity();
    if (identity.isPresent() && parts.sessions().isPresent()) {
      var session = new HttpSession(channel, tls.check(), peer.chain(), identity.get());
      Sessions sessions = parts.sessions().get();
      sessions.add(session);
      channel.closeFuture().addListener(done -> sessions.remove(session));
      var _ = session.refresh();
    }
  }

  /** Puts requests together, and says which of them are too large instead of handing them on. */
  private static final class Whole extends HttpObjectAggregator {
    Whole(int bytesMax) {
      super(bytesMax, true);
    }

    @Override
    protected void handleOversizedMessage(ChannelHandlerContext ctx, HttpMessage oversized) {
      ctx.fireUserEventTriggered(HttpHandler.TooLarge.REQUEST);
    }
  }

  /** Stops accepting, waits up to 5 s for the requests being handled, closes every connection. */
  @Override
  public void close() {
    listener.close();
    try {
      var _ = slots.tryAcquire(limits.handlersMax(), DRAIN_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    channels.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
  }
}
