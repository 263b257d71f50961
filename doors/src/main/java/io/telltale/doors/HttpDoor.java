package io.telltale.doors;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.telltale.doors.accept.Listener;
import io.telltale.doors.http.HandlerSlots;
import io.telltale.doors.http.HttpHandler;
import io.telltale.doors.http.HttpSession;
import io.telltale.doors.http.RequestHead;
import io.telltale.doors.http.RequestReader;
import io.telltale.doors.tls.TlsGate;
import io.telltale.roster.Identity;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * An HTTP/1.1 listener that carries a {@link io.telltale.http.HttpExchange.Handler} on virtual
 * threads: everything bounded, each listener with its own trust.
 */
public final class HttpDoor implements AutoCloseable {
  private static final int LINE_BYTES_MAX = 4_096;
  private static final int HEADER_BYTES_MAX = 16_384;
  private static final Duration DRAIN_MAX = Duration.ofSeconds(5);
  // A person or a service calls from several places at once; a device has one.
  private static final int CONNECTIONS_PER_IDENTITY_MAX = 32;

  private final HttpParts parts;
  private final HttpLimits limits;
  private final DoorTls tls;
  private final HandlerSlots slots;
  private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final Listener listener;

  /** Where and how to listen. */
  public record Setup(
      EventLoops loops, Address address, DoorTls tls, AcceptLimits accept, HttpLimits http) {}

  private HttpDoor(Setup setup, HttpParts parts) {
    this.parts = parts;
    this.limits = setup.http();
    this.tls = setup.tls();
    this.slots = new HandlerSlots(limits);
    this.listener =
        Listener.open(
            new Listener.Setup(
                setup.loops(),
                setup.address(),
                setup.tls()::handler,
                setup.accept(),
                parts.counters()),
            () ->
                new TlsGate(
                    setup.tls().wanted(), setup.tls().check(), parts.counters(), this::enter));
  }

  /** Listens, or throws {@link io.telltale.kernel.UnavailableException} that says what to do. */
  public static HttpDoor open(Setup setup, HttpParts parts) {
    return new HttpDoor(setup, parts);
  }

  public int port() {
    return listener.port();
  }

  /** What all connections keep of unfinished requests. */
  long heldBytes() {
    return listener.held().total();
  }

  private void enter(ChannelHandlerContext ctx, TlsGate.Peer peer) {
    Channel channel = ctx.channel();
    channels.add(channel);
    var config =
        new HttpDecoderConfig()
            .setMaxInitialLineLength(LINE_BYTES_MAX)
            .setMaxHeaderSize(HEADER_BYTES_MAX);
    var reader = new RequestReader(this::bodyBytesMax, peer.chain());
    channel
        .pipeline()
        .addLast(
            new HttpServerCodec(config), reader, new HttpHandler(parts, limits, slots, reader));
    Optional<Identity> identity = peer.verdict().identity();
    if (identity.isPresent() && parts.sessions().isPresent()) {
      var session = new HttpSession(channel, tls.check(), peer.chain(), identity.get());
      Sessions sessions = parts.sessions().get();
      sessions.add(session, CONNECTIONS_PER_IDENTITY_MAX);
      channel.closeFuture().addListener(done -> sessions.remove(session));
      var _ = session.refresh();
    }
  }

  private int bodyBytesMax(RequestHead request) {
    return Math.min(limits.bodyBytesMax(), parts.handler().bodyBytesMax(request.head()));
  }

  /** Stops accepting, waits up to 5 s for the requests being handled, closes every connection. */
  @Override
  public void close() {
    listener.close();
    slots.drain(DRAIN_MAX);
    channels.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
  }
}
