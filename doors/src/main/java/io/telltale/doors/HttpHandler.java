package io.telltale.doors;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.HttpExchange;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP connection: one request at a time is handled, on a virtual thread; while it is, the
 * socket is not read.
 */
final class HttpHandler extends ChannelInboundHandlerAdapter {
  private static final System.Logger LOG = System.getLogger(HttpHandler.class.getName());
  private static final int PIPELINED_MAX = 16;
  private static final int DRAIN_MILLIS = 1_000;

  private final HttpParts parts;
  private final HttpLimits limits;
  private final Semaphore slots;
  private final List<X509Certificate> chain;
  private final ArrayDeque<FullHttpRequest> waiting = new ArrayDeque<>(2);
  private @Nullable ScheduledFuture<?> deadline;
  private boolean handling;
  private boolean tooLarge;

  /** The event that the request being read is larger than it may be. */
  enum TooLarge {
    REQUEST
  }

  HttpHandler(HttpParts parts, HttpLimits limits, Semaphore slots, List<X509Certificate> chain) {
    this.parts = parts;
    this.limits = limits;
    this.slots = slots;
    this.chain = chain;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    startDeadline(ctx);
  }

  // One deadline from "a request may come" to "it has come whole": ends idle connections and those
  // that drip bytes.
  private void startDeadline(ChannelHandlerContext ctx) {
    if (!ctx.channel().isActive()) {
      // Left while its request was handled: nothing to wait for, and no time-out of a peer's.
      return;
    }
    deadline =
        ctx.executor()
            .schedule(
                () -> {
                  parts.counters().count("http." + parts.name(), "timeout");
                  ctx.close();
                },
                limits.requestMax().toMillis(),
                TimeUnit.MILLISECONDS);
  }

  private void stopDeadline() {
    ScheduledFuture<?> running = deadline;
    if (running != null) {
      running.cancel(false);
      deadline = null;
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object read) {
    if (tooLarge || !(read instanceof FullHttpRequest request)) {
      ReferenceCountUtil.release(read);
      return;
    }
    if (waiting.size() >= PIPELINED_MAX) {
      request.release();
      ctx.close();
      return;
    }
    waiting.add(request);
    ctx.channel().config().setAutoRead(false);
    if (!handling) {
      next(ctx);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event != TooLarge.REQUEST) {
      ctx.fireUserEventTriggered(event);
    } else if (!tooLarge) {
      tooLarge = true;
      // The requests before it are answered before it.
      if (!handling) {
        next(ctx);
      }
    }
  }

  private void next(ChannelHandlerContext ctx) {
    FullHttpRequest request = waiting.poll();
    if (request == null && tooLarge) {
      refuseTooLarge(ctx);
      return;
    }
    if (request == null) {
      handling = false;
      startDeadline(ctx);
      ctx.channel().config().setAutoRead(true);
      return;
    }
    handling = true;
    stopDeadline();
    boolean keepAlive = HttpUtil.isKeepAlive(request);
    Optional<HttpExchange.Request> translated;
    try {
      translated = translate(ctx, request);
    } finally {
      request.release();
    }
    if (translated.isEmpty()) {
      parts.counters().count("http." + parts.name(), "malformed");
      answer(ctx, HttpExchange.Response.text(400, "malformed request"), false);
    } else if (!slots.tryAcquire()) {
      answer(ctx, busy(), keepAlive);
    } else {
      Thread.ofVirtual()
          .name("http-" + parts.name())
          .start(() -> handle(ctx, translated.get(), keepAlive));
    }
  }

  // What the peer still sends is read and dropped for a moment: closing on unread bytes resets the
  // connection, and the peer may never see the answer.
  private void refuseTooLarge(ChannelHandlerContext ctx) {
    handling = true;
    stopDeadline();
    parts.counters().count("http." + parts.name(), "too-large");
    String why = "the body is larger than %d bytes".formatted(limits.bodyBytesMax());
    var _ = write(ctx, HttpExchange.Response.text(413, why), false);
    deadline = ctx.executor().schedule(() -> ctx.close(), DRAIN_MILLIS, TimeUnit.MILLISECONDS);
    ctx.channel().config().setAutoRead(true);
  }

  private static HttpExchange.Response busy() {
    return new HttpExchange.Response(503, Map.of("retry-after", "1"), Bytes.EMPTY);
  }

  private void handle(ChannelHandlerContext ctx, HttpExchange.Request request, boolean keepAlive) {
    HttpExchange.Response response;
    try {
      response = parts.handler().handle(request);
    } catch (RuntimeException e) {
      LOG.log(
          System.Logger.Level.ERROR,
          "http.failed listener={0} why={1}",
          parts.name(),
          FailureText.of(e));
      response = HttpExchange.Response.text(500, "internal error");
    } finally {
      slots.release();
    }
    HttpExchange.Response answer = response;
    ctx.executor().execute(() -> answer(ctx, answer, keepAlive));
  }

  private void answer(
      ChannelHandlerContext ctx, HttpExchange.Response response, boolean keepAlive) {
    ChannelFuture written = write(ctx, response, keepAlive);
    if (keepAlive) {
      next(ctx);
    } else {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  private ChannelFuture write(
      ChannelHandlerContext ctx, HttpExchange.Response response, boolean keepAlive) {
    parts.counters().count("http." + parts.name(), response.status() / 100 + "xx");
    ByteBuf body = Unpooled.wrappedBuffer(response.body().borrow());
    FullHttpResponse message =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(response.status()), body);
    response.headers().forEach((name, value) -> message.headers().set(name, value));
    HttpUtil.setContentLength(message, body.readableBytes());
    HttpUtil.setKeepAlive(message, keepAlive);
    return ctx.writeAndFlush(message);
  }

  /** Empty when the request cannot be understood in one way only. */
  private Optional<HttpExchange.Request> translate(
      ChannelHandlerContext ctx, FullHttpRequest request) {
    if (request.decoderResult().isFailure() || !request.uri().startsWith("/")) {
      return Optional.empty();
    }
    var query = new HashMap<String, String>();
    String path;
    try {
      var uri = new QueryStringDecoder(request.uri());
      path = uri.path();
      uri.parameters().forEach((name, values) -> query.put(name, values.getFirst()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    if (path.indexOf('\0') >= 0 || request.headers().getAll(HttpHeaderNames.HOST).size() > 1) {
      return Optional.empty();
    }
    var headers = new HashMap<String, String>();
    for (Map.Entry<String, String> header : request.headers()) {
      headers.putIfAbsent(header.getKey().toLowerCase(Locale.ROOT), header.getValue());
    }
    String source =
        ctx.channel().remoteAddress() instanceof InetSocketAddress address
            ? address.getAddress().getHostAddress()
            : "unknown";
    return Optional.of(
        new HttpExchange.Request(
            request.method().name().toUpperCase(Locale.ROOT),
            path,
            query,
            headers,
            Bytes.adopt(ByteBufUtil.getBytes(request.content())),
            chain,
            source));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    stopDeadline();
    waiting.forEach(FullHttpRequest::release);
    waiting.clear();
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      parts.counters().count("http." + parts.name(), "broken");
    }
    ctx.close();
  }
}
